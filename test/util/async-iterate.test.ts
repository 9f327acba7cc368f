import assert from "node:assert/strict";
import { test } from "node:test";
import { Mailbox } from "../../src/core/mailbox.ts";
import { pause } from "../../src/util/abort.ts";
import { inTurns, thin } from "../../src/util/async-iterate.ts";
import { EventLoopTurns } from "../support/event-loop-turns.ts";

const never = new AbortController().signal;

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
