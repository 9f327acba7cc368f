import assert from "node:assert/strict";
import { test } from "node:test";
import { Mailbox } from "../../src/core/mailbox.ts";
import { pause } from "../../src/util/abort.ts";
import { inTurns, repeating, thin } from "../../src/util/async-iterate.ts";
import { deferred, until } from "../support/deferred.ts";
import { EventLoopTurns } from "../support/event-loop-turns.ts";

const never = new AbortController().signal;

test("a stopgap is given while nothing new comes, and no longer", async () => {
  const mailbox = new Mailbox<string>();
  let stopgap = "first";
  const items = repeating(mailbox, 20, () => stopgap);
  assert.equal((await items.next()).value, "first");
  mailbox.put("a");
  assert.equal((await items.next()).value, "a");
  stopgap = "second";
  assert.equal((await items.next()).value, "second");
  assert.equal((await items.next()).value, "second");
  mailbox.put("b");
  assert.equal((await items.next()).value, "b");
  mailbox.close();
  assert.equal((await items.next()).done, true);
});

test("without a stopgap nothing is given", async () => {
  const mailbox = new Mailbox<string>();
  const first = repeating(mailbox, 5, async () => undefined).next();
  await pause(30, never);
  mailbox.put("a");
  assert.equal((await first).value, "a");
});

test("a stopgap that takes its time holds nothing up, and comes no more once something new has", async () => {
  const mailbox = new Mailbox<string>();
  const slow = deferred<string>();
  let asked = 0;
  const items = repeating(mailbox, 5, () => {
    asked++;
    return slow.promise;
  });
  const first = items.next();
  await until("it is asked for", () => asked === 1);
  mailbox.put("a");
  assert.equal((await first).value, "a");
  const second = items.next();
  await until("it is asked for again", () => asked === 2);
  slow.resolve("late");
  assert.equal((await second).value, "late");
});

test("waiting for long leaves nothing behind", async () => {
  // Each piece of the wait once left its listeners on the one promise that is waited for.
  const pending = new Promise<IteratorResult<string>>(() => {});
  const then = pending.then.bind(pending);
  let listeners = 0;
  // biome-ignore lint/suspicious/noThenProperty: to count who listens
  pending.then = ((...handlers: Parameters<typeof then>) => {
    listeners++;
    return then(...handlers);
  }) as typeof then;
  const source = { [Symbol.asyncIterator]: () => ({ next: () => pending }) };
  const items = repeating<string>(source, 1, () => "again");
  for (let count = 0; count < 50; count++) await items.next();
  assert.ok(listeners <= 2, `${listeners} listeners`);
});

test("a source quicker than the interval is passed on as it is", async () => {
  const quick = async function* () {
    for (let item = 0; item < 20; item++) {
      yield item;
      await pause(2, never);
    }
  };
  const items: number[] = [];
  for await (const item of repeating(quick(), 1000, () => -1)) items.push(item);
  assert.deepEqual(items, [...Array(20).keys()]);
});

test("a failure of the source reaches the reader, also after stopgaps", async () => {
  const failing = async function* () {
    yield 1;
    await pause(30, never);
    throw new Error("gone");
  };
  await assert.rejects(async () => {
    for await (const _ of repeating(failing(), 10, () => 0));
  }, /gone/);
});

test("a reader that stops ends the source at once", async () => {
  const mailbox = new Mailbox<number>();
  mailbox.put(1);
  for await (const _ of repeating(mailbox, 60_000, () => 0)) break;
  assert.equal((await mailbox.next()).done, true);
});

test("thinning keeps an even pace and drops the rest", async () => {
  const source = async function* () {
    for (let item = 0; item < 60; item++) {
      yield item;
      await pause(5, never);
    }
  };
  const startedAt = performance.now();
  let count = 0;
  for await (const _ of thin(source(), 20)) count++;
  const allowed = ((performance.now() - startedAt) / 1000) * 20;
  assert.ok(count <= allowed + 2, `${count} of at most ${allowed}`);
  assert.ok(count >= allowed / 3, `${count} of about ${allowed}`);
});

test("the newest of what thinning held back is given when nothing else comes: a picture is not lost to the pace", async () => {
  const mailbox = new Mailbox<string>();
  const items = thin(mailbox, 20);
  mailbox.put("a");
  const givenAt = performance.now();
  assert.equal((await items.next()).value, "a");
  const next = items.next();
  mailbox.put("b");
  await pause(5, never);
  mailbox.put("c");
  assert.equal((await next).value, "c");
  assert.ok(performance.now() - givenAt >= 49, "not before its time");
  const last = items.next();
  mailbox.close();
  assert.equal((await last).done, true);
});

test("what is given late counts: bursts with silences between are thinned like any other source", async () => {
  const mailbox = new Mailbox<number>();
  let count = 0;
  const startedAt = performance.now();
  const reading = (async () => {
    for await (const _ of thin(mailbox, 20)) count++;
  })();
  for (let burst = 0; burst < 5; burst++) {
    for (let item = 0; item < 4; item++) {
      mailbox.put(item);
      await pause(3, never);
    }
    await pause(60, never);
  }
  mailbox.close();
  await reading;
  const allowed = ((performance.now() - startedAt) / 1000) * 20;
  assert.ok(count >= 5 && count <= allowed + 2, `${count} of at most ${allowed}`);
});

test("a failure of a thinned source reaches the reader, also after an item that was given late", async () => {
  const failing = async function* () {
    yield 1;
    yield 2;
    await pause(60, never);
    throw new Error("gone");
  };
  const items: number[] = [];
  await assert.rejects(async () => {
    for await (const item of thin(failing(), 50)) items.push(item);
  }, /gone/);
  assert.deepEqual(items, [1, 2]);
});

test("a pace of next to nothing is one item, and not all of them", async () => {
  async function* source() {
    for (let item = 0; item < 5; item++) {
      await pause(1, never);
      yield item;
    }
  }
  for (const perSecond of [1e-6, 1e-320]) {
    const items: number[] = [];
    for await (const item of thin(source(), perSecond)) items.push(item);
    assert.deepEqual(items, [0], String(perSecond));
  }
});

test("of a source that always has more, others have their turn after each item", async (t) => {
  async function* ready() {
    for (let item = 0; item < 100; item++) yield item;
  }
  const turns = new EventLoopTurns();
  t.after(() => turns.stop());
  const items: number[] = [];
  for await (const item of inTurns(ready())) {
    turns.count();
    items.push(item);
  }
  assert.equal(items.length, 100);
  assert.equal(turns.most, 1);
});
