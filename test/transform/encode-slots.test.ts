import assert from "node:assert/strict";
import { test } from "node:test";
import { EncodeSlots } from "../../src/transform/encode-slots.ts";
import { type Deferred, deferred } from "../support/deferred.ts";

const owner = () => ["one"];

/** Slots with a virtual clock, and owners that always want another encode of that duration. */
async function share(size: number, costs: Readonly<Record<string, number>>, untilMs: number) {
  let now = 0;
  const slots = new EncodeSlots(size, () => now);
  const used: Record<string, number> = {};
  const running: { readonly endsAt: number; readonly end: () => void }[] = [];
  let isOver = false;
  const ask = async (name: string, ms: number): Promise<void> => {
    while (!isOver) {
      const task = () => new Promise<void>((resolve) => running.push({ endsAt: now + ms, end: resolve }));
      // Several transforms of one owner are told apart behind a slash.
      await slots.run(() => [name.split("/")[0] as string], task);
      if (!isOver) used[name] = (used[name] ?? 0) + ms;
    }
  };
  const asking = Object.entries(costs).map(([name, ms]) => ask(name, ms));
  const step = async () => {
    await new Promise((resolve) => setImmediate(resolve));
    const next = running.sort((a, b) => a.endsAt - b.endsAt).shift();
    now = Math.max(now, next?.endsAt ?? 0);
    next?.end();
    await new Promise((resolve) => setImmediate(resolve));
  };
  while (now < untilMs) await step();
  isOver = true;
  while (running.length > 0) await step();
  await Promise.all(asking);
  return used;
}

test("an owner of eight costly tasks takes no more time than one of a single cheap one", async () => {
  const costly = Object.fromEntries(Array.from({ length: 8 }, (_, index) => [`big/${index}`, 200]));
  const used = await share(1, { ...costly, small: 10 }, 20_000);
  const big = Object.keys(costly).reduce((sum, name) => sum + (used[name] ?? 0), 0);
  assert.ok(Math.abs(big - (used["small"] as number)) <= 400, JSON.stringify(used));
  // And its own are served in turn.
  for (const name of Object.keys(costly)) assert.ok((used[name] as number) >= big / 8 - 400, JSON.stringify(used));
});

test("three owners share two slots evenly, whatever their tasks cost", async () => {
  const used = await share(2, { a: 300, b: 100, c: 30 }, 30_000);
  for (const name of ["a", "b", "c"]) assert.ok((used[name] as number) >= 15_000, JSON.stringify(used));
});

test("an owner that used nothing for long has the next turn, and no more than its share after it", async () => {
  let now = 0;
  const slots = new EncodeSlots(1, () => now);
  const order: string[] = [];
  const ends: (() => void)[] = [];
  const ask = (name: string) => {
    const task = () => {
      order.push(name);
      return new Promise<void>((resolve) => ends.push(resolve));
    };
    return slots.run(() => [name], task);
  };
  const finish = async (ms: number) => {
    now += ms;
    ends.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  for (let count = 0; count < 20; count++) {
    void ask("busy");
    await finish(100);
  }
  order.length = 0;
  for (const name of ["busy", "busy", "busy", "idle", "idle", "idle"]) void ask(name);
  for (let count = 0; count < 6; count++) await finish(100);
  assert.deepEqual(order, ["busy", "idle", "busy", "idle", "busy", "idle"]);
});

test("a task of several owners is as urgent as the one that used least, and its time is shared among them", async () => {
  let now = 0;
  const slots = new EncodeSlots(1, () => now);
  const order: string[] = [];
  const ask = (name: string, owners: readonly string[], ms: number) =>
    slots.run(
      () => owners,
      async () => {
        order.push(name);
        now += ms;
      },
    );
  await ask("first", ["a"], 1000);
  const first = ask("of a", ["a"], 100);
  const others = [ask("of a again", ["a"], 100), ask("shared", ["a", "b"], 600), ask("of b", ["b"], 100)];
  await Promise.all([first, ...others]);
  assert.deepEqual(order, ["first", "shared", "of b", "of a", "of a again"]);
});

test("as many run as there are slots, the others in the order they came", async () => {
  const slots = new EncodeSlots(2);
  const started: number[] = [];
  const tasks = Array.from({ length: 5 }, () => deferred<number>());
  const ended = tasks.map((task, index) =>
    slots.run(owner, () => {
      started.push(index);
      return task.promise;
    }),
  );
  const finish = async (index: number) => {
    (tasks[index] as Deferred<number>).resolve(index);
    assert.equal(await ended[index], index);
    await new Promise((resolve) => setImmediate(resolve));
  };
  assert.deepEqual(started, [0, 1]);
  await finish(1);
  assert.deepEqual(started, [0, 1, 2]);
  await finish(0);
  await finish(2);
  assert.deepEqual(started, [0, 1, 2, 3, 4]);
  await finish(3);
  await finish(4);
});

test("a task that fails gives its slot back", async () => {
  const slots = new EncodeSlots(1);
  await assert.rejects(
    slots.run(owner, () => Promise.reject(new Error("torn"))),
    /torn/,
  );
  assert.equal(await slots.run(owner, async () => 7), 7);
});
