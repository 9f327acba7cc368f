import assert from "node:assert/strict";
import { test } from "node:test";
import { epochNow, epochOf } from "../../src/util/clock.ts";
import { settableClock } from "../support/clock.ts";

const HOUR_MS = 3_600_000;

const isNear = (one: number, other: number) => Math.abs(one - other) < 1000;

test("the time is the system clock's, with a fraction, also after it was set", (t) => {
  const clock = settableClock(t);
  for (const aheadMs of [0, -HOUR_MS, HOUR_MS, -Date.now() + 5000, 0]) {
    clock.set(aheadMs);
    assert.ok(isNear(epochNow(), Date.now()));
  }
});

test("what came before the clock was set is told as if it had been right then", (t) => {
  const clock = settableClock(t);
  clock.set(-Date.now() + 5000);
  const at = performance.now();
  assert.ok(isNear(epochOf(at), 5000));
  clock.set(0);
  assert.ok(isNear(epochOf(at), Date.now()));
  assert.ok(isNear(epochOf(at - 10_000), Date.now() - 10_000));
});

test("a moment has one time for as long as nobody sets the clock", () => {
  const at = performance.now();
  const first = epochOf(at);
  for (let count = 0; count < 100_000; count++) assert.equal(epochOf(at), first);
});
