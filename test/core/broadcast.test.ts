import assert from "node:assert/strict";
import { test } from "node:test";
import { Broadcast } from "../../src/core/broadcast.ts";
import { Mailbox } from "../../src/core/mailbox.ts";
import { deferred, until } from "../support/deferred.ts";
import { virtualTime } from "../support/virtual-time.ts";

/** A source driven by hand: counts how often it is open at once and in all. */
function handSource() {
  const source = {
    opened: 0,
    open: 0,
    mostOpen: 0,
    mailbox: new Mailbox<number>(),
    /** Release waits for it, as a device that takes its time to close. */
    releasing: Promise.resolve(),
    async *start(signal: AbortSignal): AsyncGenerator<number> {
      source.opened++;
      source.open++;
      source.mostOpen = Math.max(source.mostOpen, source.open);
      const mailbox = new Mailbox<number>();
      source.mailbox = mailbox;
      signal.addEventListener("abort", () => mailbox.close());
      try {
        yield* mailbox;
      } finally {
        await source.releasing;
        source.open--;
      }
    },
  };
  return source;
}

const never = new AbortController().signal;

test("two subscribers share one source, and each gets every item it is quick enough for", async () => {
  const source = handSource();
  const broadcast = new Broadcast(source.start, { lingerMs: 0 });
  const [a, b] = [broadcast.subscribe(never), broadcast.subscribe(never)];
  await until("it is open", () => source.open === 1);
  for (const item of [1, 2]) {
    source.mailbox.put(item);
    assert.deepEqual(
      (await Promise.all([a.next(), b.next()])).map(({ value }) => value),
      [item, item],
    );
  }
  assert.equal(source.opened, 1);
  await broadcast.close();
});

test("a late subscriber starts with the newest item", async () => {
  const source = handSource();
  const broadcast = new Broadcast(source.start, { lingerMs: 0 });
  const first = broadcast.subscribe(never);
  await until("it is open", () => source.open === 1);
  source.mailbox.put(7);
  await first.next();
  assert.equal((await broadcast.subscribe(never).next()).value, 7);
  await broadcast.close();
});

test("a paused source is released, its subscribers stay, and it is opened again for them when it resumes", async (t) => {
  const time = virtualTime(t);
  const source = handSource();
  const broadcast = new Broadcast(source.start, { lingerMs: 60_000 });
  const early = broadcast.subscribe(never);
  await until("it is open", () => source.open === 1);
  source.mailbox.put(1);
  await early.next();
  await broadcast.pause();
  assert.deepEqual([source.open, broadcast.size], [0, 1]);
  const late = broadcast.subscribe(never);
  await time.advance(3_600_000);
  assert.deepEqual([source.opened, broadcast.isRunning], [1, false]);
  broadcast.resume();
  await until("it is open again", () => source.open === 1);
  source.mailbox.put(2);
  assert.deepEqual([(await early.next()).value, (await late.next()).value, source.opened], [2, 2, 2]);
  await broadcast.close();
});

test("a source that is paused while it lingers stays closed until somebody comes", async () => {
  const source = handSource();
  const broadcast = new Broadcast(source.start, { lingerMs: 60_000 });
  await broadcast.subscribe(never).return?.();
  await until("it lingers", () => source.open === 1);
  await broadcast.pause();
  broadcast.resume();
  assert.deepEqual([source.open, source.opened], [0, 1]);
  broadcast.subscribe(never);
  await until("it is opened for the new subscriber", () => source.opened === 2);
  await broadcast.close();
});

test("a subscriber after the close ends at once, and nothing is opened", async () => {
  const source = handSource();
  const broadcast = new Broadcast(source.start, { lingerMs: 0 });
  await broadcast.close();
  assert.equal((await broadcast.subscribe(never).next()).done, true);
  assert.deepEqual([source.opened, broadcast.size], [0, 0]);
});

test("a slow subscriber skips, and does not hold up a quick one", async () => {
  const source = handSource();
  const broadcast = new Broadcast(source.start, { lingerMs: 0 });
  const [quick, slow] = [broadcast.subscribe(never), broadcast.subscribe(never)];
  await until("it is open", () => source.open === 1);
  for (const item of [1, 2, 3]) {
    source.mailbox.put(item);
    assert.equal((await quick.next()).value, item);
  }
  assert.equal((await slow.next()).value, 3);
  await broadcast.close();
});

test("the source is released when the linger has passed after the last subscriber, not before", async (t) => {
  const time = virtualTime(t);
  const source = handSource();
  const broadcast = new Broadcast(source.start, { lingerMs: 5000 });
  const leave = new AbortController();
  broadcast.subscribe(leave.signal);
  await until("it is open", () => source.open === 1);
  await time.advance(60_000);
  leave.abort();
  await time.advance(4999);
  assert.deepEqual([source.open, broadcast.isRunning], [1, true]);
  await time.advance(1);
  assert.deepEqual([source.open, broadcast.isRunning], [0, false]);
});

test("a subscriber that comes during the linger keeps the source open, and when it leaves the linger starts over", async (t) => {
  const time = virtualTime(t);
  const source = handSource();
  const broadcast = new Broadcast(source.start, { lingerMs: 5000 });
  const leave = new AbortController();
  broadcast.subscribe(leave.signal);
  await until("it is open", () => source.open === 1);
  leave.abort();
  await time.advance(4000);
  const leaveToo = new AbortController();
  broadcast.subscribe(leaveToo.signal);
  await time.advance(60_000);
  assert.deepEqual([source.opened, source.open], [1, 1]);
  leaveToo.abort();
  await time.advance(4999);
  assert.equal(source.open, 1);
  await time.advance(1);
  assert.deepEqual([source.opened, source.open], [1, 0]);
});

test("a subscriber that comes while the source closes waits for that, and gets a fresh one with none of the old items", async () => {
  const source = handSource();
  const release = deferred();
  source.releasing = release.promise;
  const broadcast = new Broadcast(source.start, { lingerMs: 0 });
  const leave = new AbortController();
  const first = broadcast.subscribe(leave.signal);
  await until("it is open", () => source.open === 1);
  source.mailbox.put(1);
  await first.next();
  leave.abort();
  const second = broadcast.subscribe(never).next();
  release.resolve();
  await until("it is open again", () => source.opened === 2);
  source.mailbox.put(2);
  assert.equal((await second).value, 2);
  assert.equal(source.mostOpen, 1);
  await broadcast.close();
});

test("a subscription ends with its signal, also one that had aborted before", async () => {
  const source = handSource();
  const broadcast = new Broadcast(source.start, { lingerMs: 0 });
  const leave = new AbortController();
  const waiting = broadcast.subscribe(leave.signal).next();
  leave.abort();
  assert.equal((await waiting).done, true);
  assert.equal((await broadcast.subscribe(leave.signal).next()).done, true);
  assert.equal(broadcast.size, 0);
  await broadcast.close();
});

test("a reader that stops reading has left", async () => {
  const source = handSource();
  const broadcast = new Broadcast(source.start, { lingerMs: 0 });
  const reader = broadcast.subscribe(never);
  await reader.return?.();
  assert.equal(broadcast.size, 0);
  await until("it is released", () => !broadcast.isRunning);
});

test("when the source ends by itself its subscribers end, and the next one opens it again", async () => {
  let opened = 0;
  const broadcast = new Broadcast(
    async function* () {
      opened++;
      yield opened;
    },
    { lingerMs: 0 },
  );
  for await (const _ of broadcast.subscribe(never));
  for await (const _ of broadcast.subscribe(never));
  assert.equal(opened, 2);
});

test("when the source fails every subscriber sees why", async () => {
  const fail = deferred();
  const broadcast = new Broadcast<number>(
    // biome-ignore lint/correctness/useYield: it fails before its first item
    async function* () {
      await fail.promise;
    },
    { lingerMs: 0 },
  );
  const waits = [broadcast.subscribe(never).next(), broadcast.subscribe(never).next()];
  fail.reject(new Error("no device"));
  for (const wait of waits) await assert.rejects(wait, /no device/);
});

test("closing ends every subscription and resolves once the source is released", async () => {
  const source = handSource();
  const release = deferred();
  source.releasing = release.promise;
  const broadcast = new Broadcast(source.start, { lingerMs: 10_000 });
  const reader = broadcast.subscribe(never);
  await until("it is open", () => source.open === 1);
  let closed = false;
  const closing = broadcast.close().then(() => (closed = true));
  assert.equal((await reader.next()).done, true);
  assert.equal(closed, false);
  release.resolve();
  await closing;
  assert.equal(source.open, 0);
});

test("a source that never ends is abandoned after its grace: closing and pausing resolve, and a waiting subscriber gets a new run", async (t) => {
  const time = virtualTime(t);
  const source = handSource();
  source.releasing = new Promise(() => {});
  const broadcast = new Broadcast(source.start, { lingerMs: 0 });
  const leave = new AbortController();
  broadcast.subscribe(leave.signal);
  await time.advance(0);
  leave.abort();
  const second = broadcast.subscribe(never).next();
  await time.advance(1999);
  assert.equal(source.opened, 1, "it waits for a release that may come");
  await time.advance(1);
  assert.equal(source.opened, 2);
  source.mailbox.put(2);
  assert.equal((await second).value, 2);
  const ended: [what: string, atMs: number][] = [];
  void broadcast.pause().then(() => ended.push(["paused", time.passedMs]));
  await time.advance(3000);
  broadcast.resume();
  await time.advance(0);
  void broadcast.close().then(() => ended.push(["closed", time.passedMs]));
  await time.advance(3000);
  assert.deepEqual(ended, [
    ["paused", 4000],
    ["closed", 7000],
  ]);
});
