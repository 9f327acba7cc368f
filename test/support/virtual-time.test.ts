import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { until } from "./deferred.ts";
import { virtualTime } from "./virtual-time.ts";

test("virtual time passes only as a test says, for timers, dates and ages", async (t) => {
  const time = virtualTime(t, Date.UTC(2026, 0, 1));
  const start = performance.now();
  const rang: string[] = [];
  setTimeout(() => rang.push("callback"), 30_000);
  void sleep(60_000).then(() => rang.push("promise"));
  await time.advance(29_999);
  assert.deepEqual(rang, []);
  await time.advance(1);
  assert.deepEqual(rang, ["callback"]);
  await time.advance(30_000);
  assert.deepEqual(rang, ["callback", "promise"]);
  assert.equal(performance.now() - start, 60_000);
  assert.equal(new Date().toISOString(), "2026-01-01T00:01:00.000Z");
});

test("virtual time runs what follows from a timer, and passes until a condition holds", async (t) => {
  const time = virtualTime(t);
  let rounds = 0;
  void (async () => {
    for (;;) {
      await sleep(1000);
      rounds++;
    }
  })();
  await time.advance(5000);
  assert.equal(rounds, 5);
  assert.equal(await time.until("ten rounds", () => rounds >= 10 && rounds), 10);
});

test("a wait for a condition keeps real time while time is virtual", async (t) => {
  virtualTime(t);
  let checks = 0;
  await until("the third check", () => ++checks === 3);
});

test("time is real again after a test with virtual time", async (t) => {
  const { setTimeout: real } = globalThis;
  await t.test("a test with its own time", (own) => {
    virtualTime(own);
    assert.notEqual(globalThis.setTimeout, real);
  });
  assert.equal(globalThis.setTimeout, real);
  const before = performance.now();
  await sleep(1);
  assert.notEqual(performance.now(), before);
});
