import assert from "node:assert/strict";
import { test } from "node:test";
import { Trials } from "../../src/abr/probe-backoff.ts";

test("a rung that was left right after the climb is not tried again for a while, longer each time", () => {
  const trials = new Trials();
  const pauses: number[] = [];
  let now = 0;
  for (let time = 0; time < 8; time++) {
    trials.climbed(now);
    trials.left(1, now + 1000);
    let until = now + 1000;
    while (!trials.mayTry(1, until, false)) until += 500;
    pauses.push(until - now - 1000);
    now = until;
  }
  assert.deepEqual(pauses, [4000, 8000, 16_000, 16_000, 16_000, 16_000, 16_000, 16_000]);
  assert.ok(trials.mayTry(0, 0, false), "others may be");
});

test("a rung that held for a while was no failure: the link has changed", () => {
  const trials = new Trials();
  trials.climbed(0);
  trials.left(2, 1000);
  trials.climbed(10_000);
  trials.left(2, 14_000);
  assert.ok(trials.mayTry(2, 14_000, false));
  trials.climbed(20_000);
  trials.left(2, 21_000);
  assert.ok(trials.mayTry(2, 25_000, false), "the pause is a short one again");
});

test("where the link looks far better than a rung needs, that is tried again after the shortest pause", () => {
  const trials = new Trials();
  for (const now of [0, 20_000, 40_000]) {
    trials.climbed(now);
    trials.left(1, now + 1000);
  }
  assert.ok(!trials.mayTry(1, 44_999, true));
  assert.ok(trials.mayTry(1, 45_000, true));
  assert.ok(!trials.mayTry(1, 45_000, false));
});

test("a rung that there was no room for is left alone for five seconds", () => {
  const trials = new Trials();
  trials.refused(3, 1000);
  assert.ok(trials.isRefused(3, 5999));
  assert.ok(!trials.mayTry(3, 5999, true));
  assert.ok(!trials.isRefused(3, 6000));
  assert.ok(trials.mayTry(3, 6000, false));
});
