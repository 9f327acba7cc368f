import assert from "node:assert/strict";
import { test } from "node:test";
import { ProbeBackoff } from "../../src/abr/probe-backoff.ts";

test("a rung that was left right after the climb is not tried again for a while, longer each time", () => {
  const backoff = new ProbeBackoff();
  const pauses: number[] = [];
  let now = 0;
  for (let time = 0; time < 8; time++) {
    backoff.climbed(now);
    backoff.left(1, now + 1000);
    let until = now + 1000;
    while (!backoff.mayProbe(1, until, false)) until += 1;
    pauses.push(until - now - 1000);
    now = until;
  }
  assert.deepEqual(pauses, [4000, 8000, 16_000, 16_000, 16_000, 16_000, 16_000, 16_000]);
  assert.ok(backoff.mayProbe(0, 0, false), "others may be");
});

test("a rung that held for a while was no failure: the link has changed", () => {
  const backoff = new ProbeBackoff();
  backoff.climbed(0);
  backoff.left(2, 1000);
  backoff.climbed(10_000);
  backoff.left(2, 14_000);
  assert.ok(backoff.mayProbe(2, 14_000, false));
  backoff.climbed(20_000);
  backoff.left(2, 21_000);
  assert.ok(backoff.mayProbe(2, 25_000, false), "the pause is a short one again");
});

test("where the link looks far better than a rung needs, that is tried again after the shortest pause", () => {
  const backoff = new ProbeBackoff();
  for (const now of [0, 20_000, 40_000]) {
    backoff.climbed(now);
    backoff.left(1, now + 1000);
  }
  assert.ok(!backoff.mayProbe(1, 44_999, true));
  assert.ok(backoff.mayProbe(1, 45_000, true));
  assert.ok(!backoff.mayProbe(1, 45_000, false));
});

test("a rung that there was no room for is left alone for five seconds", () => {
  const backoff = new ProbeBackoff();
  backoff.refused(3, 1000);
  assert.ok(backoff.isRefused(3, 5999));
  assert.ok(!backoff.mayProbe(3, 5999, true));
  assert.ok(!backoff.isRefused(3, 6000));
  assert.ok(backoff.mayProbe(3, 6000, false));
});
