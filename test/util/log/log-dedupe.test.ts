import assert from "node:assert/strict";
import { test } from "node:test";
import { pino } from "pino";
import { withoutRepeats } from "../../../src/util/log/log-dedupe.ts";
import { virtualTime } from "../../support/virtual-time.ts";

/** A log, and what it wrote. */
function openLog() {
  const lines: string[] = [];
  const hooks = { logMethod: withoutRepeats() };
  const log = pino({ level: "debug", hooks }, { write: (line: string) => void lines.push(JSON.parse(line).msg) });
  return { log, lines };
}

test("a line that repeats is written once a minute, with how many were left out", async (t) => {
  const time = virtualTime(t);
  const { log, lines } = openLog();
  for (let second = 0; second <= 60; second++) {
    log.warn(`It failed; trying again in ${second} s`);
    await time.advance(1000);
  }
  assert.deepEqual(lines, [
    "It failed; trying again in 0 s",
    "It failed; trying again in 60 s (59 similar messages suppressed)",
  ]);
});

test("what another camera says, or of another level, or as an error, is no repeat", () => {
  const { log, lines } = openLog();
  for (const camera of ["a", "b", "a"]) log.child({ camera }).info("live");
  log.warn("live");
  for (let count = 0; count < 3; count++) log.error(new Error("broken"), "A request failed");
  for (let count = 0; count < 2; count++) log.debug("Passed over: it is damaged");
  assert.deepEqual(lines, [
    ...["live", "live", "live"],
    ...["A request failed", "A request failed", "A request failed"],
    ...["Passed over: it is damaged", "Passed over: it is damaged"],
  ]);
});

test("objects with a text are told apart by the text, and a flood of different lines is remembered within bounds", () => {
  const { log, lines } = openLog();
  log.info({ port: 1 }, "listening");
  log.info({ port: 2 }, "listening");
  const word = (number: number) => number.toString(26).replace(/\d/g, (digit) => "qrstuvwxyz"[Number(digit)] ?? "");
  for (let number = 0; number < 600; number++) log.info(`word ${word(number)} of many`);
  log.info("listening");
  assert.equal(lines.filter((line) => line === "listening").length, 2);
});
