import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { setTimeout as sleep, setInterval as ticks } from "node:timers/promises";
import { epochNow } from "../../src/util/clock.ts";
import { deferred, until } from "./deferred.ts";
import { virtualTime } from "./virtual-time.ts";

test("time passes only when it is told to, for timers, dates and ages alike", async (t) => {
  const before = performance.now();
  const time = virtualTime(t, Date.UTC(2026, 0, 1));
  const start = performance.now();
  assert.ok(start >= before, "what was made before is not in the future");
  assert.equal(new Date().toISOString(), "2026-01-01T00:00:00.000Z");
  let fired = 0;
  setTimeout(() => fired++, 30_000);
  await time.advance(29_999);
  assert.equal(fired, 0);
  await time.advance(1);
  assert.deepEqual([fired, time.passedMs, performance.now() - start], [1, 30_000, 30_000]);
  assert.equal(new Date().toISOString(), "2026-01-01T00:00:30.000Z");
});

test("what is due runs in order, and what follows from it runs before the next", async (t) => {
  const time = virtualTime(t);
  const log: string[] = [];
  const note = (text: string) => void log.push(`${text} at ${time.passedMs}`);
  setTimeout(note, 21, "a later one");
  setTimeout(async () => {
    note("the first");
    for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate);
    setTimeout(note, 10, "what followed from it");
  }, 10);
  const timer = setTimeout(note, 5, "one that was put off");
  timer.refresh();
  const interval = setInterval(note, 8, "each");
  await time.advance(24);
  clearInterval(interval);
  await time.advance(100);
  assert.deepEqual(log, [
    ...["one that was put off at 5", "each at 8", "the first at 10", "each at 16"],
    ...["what followed from it at 20", "a later one at 21", "each at 24"],
  ]);
});

test("timers of node:timers/promises, imported by name, and those of signals follow it", async (t) => {
  const time = virtualTime(t);
  const log: string[] = [];
  void sleep(1000, "slept").then((text) => log.push(`${text} ${time.passedMs}`));
  const leave = new AbortController();
  const left = assert.rejects(sleep(1000, undefined, { signal: leave.signal }), { name: "AbortError" });
  const signal = AbortSignal.timeout(500);
  signal.addEventListener("abort", () => log.push(`${signal.reason.name} ${time.passedMs}`));
  await time.advance(10);
  leave.abort();
  await left;
  await time.advance(10_000);
  assert.deepEqual(log, ["TimeoutError 500", "slept 1000"]);
});

test("sockets work: while time stands, and while it passes in steps", async (t) => {
  const time = virtualTime(t);
  const asked = deferred();
  const server = createServer((_request, response) => {
    asked.resolve();
    setTimeout(() => response.end("late"), 5000);
  }).listen(0);
  t.after(() => server.close());
  await until("it listens", () => server.listening);
  const { port } = server.address() as { port: number };
  let text = "";
  void fetch(`http://127.0.0.1:${port}`, { headers: { connection: "close" } })
    .then((response) => response.text())
    .then((body) => (text = body));
  await asked.promise;
  assert.equal(time.passedMs, 0);
  await time.until("it has answered", () => text === "late", 100);
  assert.ok(time.passedMs >= 5000);
});

test("a condition that never holds fails, with its name", async (t) => {
  const time = virtualTime(t);
  await assert.rejects(
    time.until("pigs fly", () => false, 60_000),
    /pigs fly/,
  );
});

test("a wait for a condition keeps real time while time is virtual", async (t) => {
  const time = virtualTime(t);
  let checks = 0;
  await until("the third check", () => ++checks === 3);
  assert.equal(time.passedMs, 0);
});

test("after a test everything is real again", async (t) => {
  const now = () => ({
    ...{ setTimeout, clearTimeout, setInterval, clearInterval, Date, performance, sleep, ticks },
    timeout: AbortSignal.timeout,
  });
  const real = now();
  await t.test("a test with its own time", (own) => {
    virtualTime(own);
    for (const [name, value] of Object.entries(now())) assert.notEqual(value, real[name as keyof typeof real], name);
  });
  for (const [name, value] of Object.entries(now())) assert.equal(value, real[name as keyof typeof real], name);
});

test("time passes while a promise is waited for, and its failure is passed on", async (t) => {
  const time = virtualTime(t);
  assert.equal(await time.settle(sleep(5000).then(() => "done")), "done");
  assert.equal(time.passedMs, 5000);
  await assert.rejects(time.settle(Promise.reject(new Error("torn"))), /torn/);
});

test("a clock that is set changes dates, and no timer or age", async (t) => {
  const time = virtualTime(t, 1_000_000_000);
  let isDue = false;
  setTimeout(() => (isDue = true), 100);
  const before = performance.now();
  time.setClock(0);
  await time.advance(99);
  assert.deepEqual([Date.now(), performance.now() - before, time.passedMs, isDue], [99, 99, 99, false]);
  await time.advance(1);
  assert.equal(isDue, true);
});

test("the program's clock tells the time of each test exactly, not that of the test before", async (t) => {
  // Some of them start within a real ms.
  for (let round = 0; round < 20; round++) {
    for (const start of [1_000_000_001, 1_000_000_000]) {
      await t.test(`starts at ${start}`, (t) => {
        virtualTime(t, start);
        assert.equal(epochNow(), start);
      });
    }
  }
});
