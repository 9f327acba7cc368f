import assert from "node:assert/strict";
import { test } from "node:test";
import { openLog } from "../../src/util/log/logger.ts";
import type { StandardStream } from "../../src/util/log/standard-stream.ts";

/** Runs a program with or without a terminal and returns its log. */
async function written(
  isTerminal: boolean,
  write: (log: Awaited<ReturnType<typeof openLog>>) => void,
): Promise<string> {
  let text = "";
  const stream = {
    isTerminal,
    write: (line: string) => {
      text += line;
    },
  };
  write(await openLog("info", stream as unknown as StandardStream));
  return text;
}

const ESCAPE = "\u001b";
const COLOR = new RegExp(`${ESCAPE}\\[\\d+m`, "g");
const OBEYED = /[^\P{Cc}\n]/u;
const EVIL = "door\u001b]0;owned\u0007\r\u009b2J\nfake: line";

test("on a terminal, texts of others control nothing, and look like no line of the log", async () => {
  const text = await written(true, (log) => log.warn({ camera: EVIL }, `It failed: ${EVIL}`));
  // Only the log's own colors are left of what a terminal interprets.
  const rest = text.replace(COLOR, "");
  assert.doesNotMatch(rest, OBEYED);
  assert.match(rest, /It failed: door\\u001b\]0;owned\\u0007\\u000d\\u009b2J\\nfake: line$/m);
});

test("in JSON nothing is left that a terminal interprets", async () => {
  const text = await written(false, (log) => log.warn({ camera: EVIL }, EVIL));
  assert.doesNotMatch(text, OBEYED);
  assert.deepEqual([JSON.parse(text).msg, JSON.parse(text).camera], [EVIL, EVIL]);
});

test("the stack of an internal error keeps its lines on a terminal", async () => {
  const text = await written(true, (log) => log.error(new Error("torn"), "A request failed"));
  assert.match(text, /torn\n\s+at /);
});
