import assert from "node:assert/strict";
import { test } from "node:test";
import { epochNow, epochOf } from "../../src/util/clock.ts";
import { settableClock } from "../support/clock.ts";
import { virtualTime } from "../support/virtual-time.ts";

const HOUR_MS = 3_600_000;

test("the time is the system clock's, also after it was set", (t) => {
  virtualTime(t);
  const clock = settableClock(t);
  for (const aheadMs of [0, -HOUR_MS, HOUR_MS, -Date.now() + 5000, 0]) {
    clock.set(aheadMs);
    assert.equal(epochNow(), Date.now());
  }
});

test("what came before the clock was set is told as if it had been right then", async (t) => {
  const time = virtualTime(t);
  const clock = settableClock(t);
  clock.set(-Date.now() + 5000);
  const at = performance.now();
  assert.equal(epochOf(at), 5000);
  await time.advance(10_000);
  clock.set(0);
  assert.equal(epochOf(at), Date.now() - 10_000);
  assert.equal(epochOf(at - 10_000), Date.now() - 20_000);
});

test("a moment has one time for as long as nobody sets the clock", () => {
  const at = performance.now();
  const first = epochOf(at);
  for (let count = 0; count < 100_000; count++) assert.equal(epochOf(at), first);
});
