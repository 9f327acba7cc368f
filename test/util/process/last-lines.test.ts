import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { keepLastLines } from "../../../src/util/process/last-lines.ts";

/** Bytes that are in use, without what is garbage. */
function usedBytes(): number {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
  return process.memoryUsage().heapUsed;
}

test("a program that complains without end and without lines costs little memory", async () => {
  const before = usedBytes();
  let grown = 0;
  // 16 MB in one line: kept whole it would be an error message to remember.
  async function* complaints() {
    for (let count = 0; count < 256; count++) yield Buffer.alloc(65_536, "x");
    grown = usedBytes() - before;
    yield Buffer.from("\nat last");
  }
  const stream = Readable.from(complaints(), { objectMode: false });
  const lastLines = keepLastLines(stream);
  await new Promise((resolve) => stream.once("end", resolve));
  assert.deepEqual(lastLines(), ["x".repeat(300), "at last"]);
  assert.ok(grown < 4 * 1024 * 1024, `grew by ${Math.round(grown / 1e6)} MB`);
});
