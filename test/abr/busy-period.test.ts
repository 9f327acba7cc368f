import assert from "node:assert/strict";
import { test } from "node:test";
import { BusyPeriod } from "../../src/abr/busy-period.ts";

/** Bytes in flight that are more than a delayed acknowledgement explains. */
const MUCH = false;
/** And those that are not. */
const LITTLE = true;

function assertNear(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) < 1e-6 * expected, `${actual}, expected ${expected}`);
}

test("a link that is never busy is too fast to tell, and one that was for 15 ms is measured", () => {
  const short = new BusyPeriod();
  short.sample(0, 0, 5000, MUCH, 0);
  assert.equal(short.rate, Number.POSITIVE_INFINITY);
  assert.ok(short.isBusy);
  short.sample(14, 1400, 0, MUCH, 0);
  assert.equal(short.rate, Number.POSITIVE_INFINITY);
  assert.ok(!short.isBusy);
  const long = new BusyPeriod();
  long.sample(0, 0, 5000, MUCH, 0);
  long.sample(15, 1500, 0, MUCH, 0);
  assertNear(long.rate, 100_000);
});

test("idle time is no work, and lets the past fade: 700 ms by a factor of e", () => {
  const period = new BusyPeriod();
  period.sample(0, 0, 5000, MUCH, 0);
  period.sample(100, 10_000, 0, MUCH, 0);
  period.sample(800, 0, 5000, MUCH, 0);
  assertNear(period.rate, 100_000);
  period.sample(900, 30_000, 0, MUCH, 0);
  const kept = Math.exp(-800 / 700);
  assertNear(period.rate, ((10_000 * kept + 30_000) / (100 * kept + 100)) * 1000);
});

test("a link that takes nothing is at most as fast as if all that waits came now", () => {
  const period = new BusyPeriod();
  period.sample(0, 0, 5000, MUCH, 0);
  period.sample(100, 10_000, 4000, MUCH, 0);
  period.sample(200, 0, 4000, MUCH, 0);
  const kept = Math.exp(-100 / 700);
  assertNear(period.rate, ((10_000 * kept + 4000) / (100 * kept + 100)) * 1000);
  period.sample(200, 0, 90_000, MUCH, 0);
  assertNear(period.rate, 100_000);
  // The time counts with the bytes that come.
  period.sample(300, 1000, 0, MUCH, 0);
  const later = Math.exp(-200 / 700);
  assertNear(period.rate, ((10_000 * later + 1000) / (100 * later + 200)) * 1000);
});

test("time without bytes counts once the link is idle", () => {
  const period = new BusyPeriod();
  period.sample(0, 0, 5000, MUCH, 0);
  period.sample(100, 10_000, 4000, MUCH, 0);
  period.sample(200, 0, 0, MUCH, 0);
  const kept = Math.exp(-100 / 700);
  assertNear(period.rate, ((10_000 * kept) / (100 * kept + 100)) * 1000);
});

test("few bytes are prompt for 20 ms, then unknown, and busy from 60 ms on", () => {
  const states = [19, 20, 59, 60].map((sentMsAgo) => {
    const period = new BusyPeriod();
    period.sample(0, 0, 100, LITTLE, sentMsAgo);
    return [period.isUnknown, period.isBusy];
  });
  assert.deepEqual(states, [
    [false, false],
    [true, false],
    [true, false],
    [false, true],
  ]);
});

test("few bytes that are acknowledged promptly count, with their time", () => {
  const period = new BusyPeriod();
  period.sample(0, 0, 1500, LITTLE, 0);
  period.sample(10, 500, 1000, LITTLE, 10);
  assert.equal(period.rate, Number.POSITIVE_INFINITY);
  period.sample(18, 1300, 0, LITTLE, 18);
  assertNear(period.rate, 100_000);
  // They count once.
  period.sample(18, 0, 0, LITTLE, 18);
  assertNear(period.rate, 100_000);
});

test("few bytes that may wait for a delayed acknowledgement do not count", () => {
  const period = new BusyPeriod();
  period.sample(0, 0, 1500, LITTLE, 0);
  period.sample(18, 500, 1000, LITTLE, 18);
  period.sample(40, 0, 1000, LITTLE, 40);
  period.sample(45, 1000, 0, LITTLE, 45);
  assert.equal(period.rate, Number.POSITIVE_INFINITY);
  // Overdue ones count from then on.
  period.sample(100, 0, 1000, LITTLE, 60);
  period.sample(120, 2000, 0, LITTLE, 80);
  assertNear(period.rate, 100_000);
});

test("bytes that prove unread are taken back, never below nothing", () => {
  const period = new BusyPeriod();
  period.sample(0, 0, 5000, MUCH, 0);
  period.sample(100, 10_000, 5000, MUCH, 0);
  period.sample(200, -20_000, 0, MUCH, 0);
  assert.equal(period.rate, 0);
});
