import assert from "node:assert/strict";
import { test } from "node:test";
import { ClockWatch } from "../../src/util/clock-watch.ts";

const MINUTE_MS = 60_000;

test("a clock is sure after an hour without a jump, of whichever length and direction", () => {
  const times = { wall: 5000, steady: 0 };
  const watch = new ClockWatch({ wall: () => times.wall, steady: () => times.steady });
  const pass = (minutes: number) => {
    times.wall += minutes * MINUTE_MS;
    times.steady += minutes * MINUTE_MS;
    return watch.isSure();
  };
  assert.equal(pass(59), false);
  assert.equal(pass(1), true);
  for (const jump of [3_600_000, -3_600_000, Date.UTC(2026, 10, 29)]) {
    times.wall += jump;
    assert.equal(watch.isSure(), false);
    assert.equal(pass(59), false);
    // Time servers correct a clock by less.
    times.wall += 60_000;
    assert.equal(pass(1), true);
    times.wall -= 60_001;
    assert.equal(watch.isSure(), false);
    assert.equal(pass(60), true);
  }
});
