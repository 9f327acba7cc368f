import assert from "node:assert/strict";
import { test } from "node:test";
import { Slots } from "../../src/variants/slots.ts";
import { type Deferred, deferred } from "../support/deferred.ts";

test("as many run as there are slots, the others in the order they came", async () => {
  const slots = new Slots(2);
  const started: number[] = [];
  const tasks = Array.from({ length: 5 }, () => deferred<number>());
  const ended = tasks.map((task, index) =>
    slots.run(() => {
      started.push(index);
      return task.promise;
    }),
  );
  const finish = async (index: number) => {
    (tasks[index] as Deferred<number>).resolve(index);
    assert.equal(await ended[index], index);
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
  const slots = new Slots(1);
  await assert.rejects(
    slots.run(() => Promise.reject(new Error("torn"))),
    /torn/,
  );
  assert.equal(await slots.run(async () => 7), 7);
});
