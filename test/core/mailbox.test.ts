import assert from "node:assert/strict";
import { test } from "node:test";
import { Mailbox } from "../../src/core/mailbox.ts";

test("a reader that waits gets the item that is put next", async () => {
  const mailbox = new Mailbox<number>();
  const next = mailbox.next();
  mailbox.put(1);
  assert.deepEqual(await next, { done: false, value: 1 });
});

test("of several items put while nobody reads, the newest wins", async () => {
  const mailbox = new Mailbox<number>();
  for (const item of [1, 2, 3]) mailbox.put(item);
  assert.deepEqual(await mailbox.next(), { done: false, value: 3 });
});

test("an item is taken once", async () => {
  const mailbox = new Mailbox<string>();
  mailbox.put("a");
  await mailbox.next();
  const next = mailbox.next();
  mailbox.put("b");
  assert.equal((await next).value, "b");
});

test("undefined is an item like any other", async () => {
  const mailbox = new Mailbox<undefined>();
  mailbox.put(undefined);
  assert.deepEqual(await mailbox.next(), { done: false, value: undefined });
});

test("closing ends the reader that waits, and every wait after it", async () => {
  const mailbox = new Mailbox<number>();
  const next = mailbox.next();
  mailbox.close();
  assert.equal((await next).done, true);
  mailbox.put(1);
  assert.equal((await mailbox.next()).done, true);
});

test("closing drops an item nobody took", async () => {
  const mailbox = new Mailbox<number>();
  mailbox.put(1);
  mailbox.close();
  assert.equal((await mailbox.next()).done, true);
});

test("a failure reaches the reader once, whether it waits or comes later", async () => {
  const waiting = new Mailbox<number>();
  const next = waiting.next();
  waiting.close({ error: new Error("gone") });
  await assert.rejects(next, /gone/);
  const later = new Mailbox<number>();
  later.close({ error: new Error("gone") });
  await assert.rejects(later.next(), /gone/);
  assert.equal((await later.next()).done, true);
});

test("the owner is notified of the end once, whichever side ends it", async () => {
  let closes = 0;
  const mailbox = new Mailbox<number>(() => closes++);
  mailbox.put(1);
  for await (const _ of mailbox) break;
  mailbox.close();
  assert.equal(closes, 1);
});

test("a second wait beside the first is refused rather than lost", async () => {
  const mailbox = new Mailbox<number>();
  const first = mailbox.next();
  await assert.rejects(mailbox.next(), /one reader/);
  mailbox.put(1);
  assert.equal((await first).value, 1);
});
