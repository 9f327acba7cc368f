import assert from "node:assert/strict";
import { test } from "node:test";
import { PollSchedule } from "../../../src/drivers/http-client/poll-schedule.ts";
import { Refusal } from "../../../src/drivers/http-client/refusal.ts";

const busy = new Refusal("10.0.0.8 answered 503 Busy");

/**
 * A camera that is asked once a second and has failed after 10 s, on a clock that
 * is set by hand.
 */
function patient(stallMs: number | undefined = 10_000) {
  const clock = { now: 5_000_000 };
  const notes: string[] = [];
  const patience = new PollSchedule({
    everyMs: 1000,
    stallMs,
    note: (text) => notes.push(text),
    now: () => clock.now,
  });
  /**
   * A poll that takes `ms`, and then fails or does not; the clock goes on by what
   * it is told to wait, which it gives.
   */
  const poll = (ms: number, error?: Error) => {
    patience.begin();
    clock.now += ms;
    const waitMs = error === undefined ? patience.succeed() : patience.fail(error);
    clock.now += waitMs;
    return waitMs;
  };
  return { clock, notes, patience, poll };
}

test("polls that fail now and then change nothing of the rate", () => {
  const { poll } = patient();
  for (let count = 0; count < 100; count++) assert.equal(poll(200, count % 4 === 0 ? undefined : busy), 800);
});

test("a camera that fails before its first image is opened again, with pauses that grow", () => {
  assert.throws(() => patient().poll(200, busy), busy);
});

test("the reason is reported shortly before the stall time without an image", () => {
  const { clock, poll } = patient();
  poll(200);
  const goodAt = clock.now - 800;
  assert.throws(() => {
    for (let count = 0; count < 20; count++) poll(200, busy);
  }, busy);
  const silentMs = clock.now - goodAt;
  assert.ok(silentMs > 7000 && silentMs <= 9000, `${silentMs} ms`);
});

test("a server that says itself that its camera is offline is believed at once", () => {
  const { poll } = patient();
  poll(100);
  assert.throws(() => poll(100, new Refusal("has no picture", { isOffline: true })), /has no picture/);
});

test("Retry-After is kept, up to half the stall time, also before the first image", () => {
  const { poll } = patient();
  assert.equal(poll(100, new Refusal("busy", { retryAfterMs: 3000 })), 3000);
  poll(100);
  assert.equal(poll(100, new Refusal("busy", { retryAfterMs: 100 })), 900);
  poll(100);
  assert.equal(poll(100, new Refusal("busy", { retryAfterMs: 3_600_000 })), 5000);
  assert.throws(() => poll(100, new Refusal("busy", { retryAfterMs: 3_600_000 })), /busy/);
});

test("a poll that hangs among good ones leaves time for another", () => {
  const { patience, poll } = patient();
  assert.equal(patience.begin(), 10_000);
  poll(100);
  assert.equal(patience.begin(), 5000);
  poll(4000);
  assert.equal(patience.begin(), 8000);
});

test("a note says so, once for each reason, and is taken back a minute after the last", () => {
  const { clock, notes, poll } = patient();
  poll(10);
  poll(10, busy);
  poll(10);
  poll(10, busy);
  assert.deepEqual(notes, ["Some answers have no image; the last: 10.0.0.8 answered 503 Busy"]);
  poll(10);
  assert.equal(notes.length, 1);
  clock.now += 61_000;
  poll(10);
  assert.deepEqual(notes.slice(1), [""]);
});

test("a note is no more than one in ten seconds, whatever the camera says", () => {
  const { notes, poll } = patient();
  poll(10);
  for (let count = 0; count < 25; count++) poll(10, count % 2 === 0 ? new Error(`reason ${count}`) : undefined);
  assert.deepEqual(
    notes.map((text) => /reason \d+$/.exec(text)?.[0]),
    ["reason 0", "reason 10", "reason 20"],
  );
});
