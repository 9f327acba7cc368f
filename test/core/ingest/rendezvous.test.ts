import assert from "node:assert/strict";
import { test } from "node:test";
import { Rendezvous } from "../../../src/core/ingest/rendezvous.ts";
import { until } from "../../support/deferred.ts";

/** Whether a promise is settled by the next turn of the event loop. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  void promise.then(() => (settled = true));
  await new Promise((resolve) => setImmediate(resolve));
  return settled;
}

test("a giver waits until the taker comes back for more", async () => {
  const handover = new Rendezvous<string>();
  const stop = new AbortController();
  const taker = handover.take(stop.signal);
  const first = taker.next();
  const given = handover.give("a");
  assert.deepEqual(await first, { done: false, value: "a" });
  assert.equal(await isSettled(given), false);
  const second = taker.next();
  assert.equal(await isSettled(given), true);
  void handover.give("b");
  assert.deepEqual(await second, { done: false, value: "b" });
  stop.abort();
  assert.deepEqual(await taker.next(), { done: true, value: undefined });
});

test("several givers have their turns in the order they came, and nothing is lost", async () => {
  const handover = new Rendezvous<number>();
  const stop = new AbortController();
  const taken: number[] = [];
  const taking = (async () => {
    for await (const item of handover.take(stop.signal)) taken.push(item);
  })();
  await Promise.all(Array.from({ length: 50 }, (_, index) => handover.give(index)));
  assert.deepEqual(
    taken,
    Array.from({ length: 50 }, (_, index) => index),
  );
  stop.abort();
  await taking;
});

test("nobody waits for a taker that is not there, or has gone", async () => {
  const handover = new Rendezvous<string>();
  await handover.give("lost");
  const stop = new AbortController();
  const taker = handover.take(stop.signal);
  const first = taker.next();
  const given = [handover.give("a"), handover.give("b")];
  assert.equal((await first).value, "a");
  stop.abort();
  assert.equal((await taker.next()).done, true);
  await Promise.all(given);
  await handover.give("lost too");
});

test("a taker that waits ends when its signal aborts, and another can follow", async () => {
  const handover = new Rendezvous<string>();
  for (let round = 0; round < 3; round++) {
    const stop = new AbortController();
    const waiting = handover.take(stop.signal).next();
    stop.abort();
    assert.equal((await waiting).done, true);
  }
  const stop = new AbortController();
  const taker = handover.take(stop.signal);
  const next = taker.next();
  void handover.give("after");
  assert.equal((await next).value, "after");
  await taker.return(undefined);
  await until("it takes no more", () => isSettled(handover.give("x")));
});
