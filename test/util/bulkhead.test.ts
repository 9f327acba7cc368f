import assert from "node:assert/strict";
import { test } from "node:test";
import { Bulkhead, LateError } from "../../src/util/bulkhead.ts";
import { hangingCalls } from "../../src/util/hanging.ts";
import { deferred, until } from "../support/deferred.ts";
import { virtualTime } from "../support/virtual-time.ts";

test("calls run up to the limit, and the others in turn", async () => {
  const bulkhead = new Bulkhead({ limit: 2, timeoutMs: 60_000 });
  const calls = [0, 1, 2, 3].map(() => deferred<number>());
  const begun: number[] = [];
  const results = calls.map((call, index) =>
    bulkhead.run(`call ${index}`, () => {
      begun.push(index);
      return call.promise;
    }),
  );
  assert.deepEqual(begun, [0, 1]);
  calls[1]?.resolve(1);
  assert.equal(await results[1], 1);
  await until("the next has begun", () => begun.length === 3);
  calls[0]?.reject(new Error("broken"));
  await assert.rejects(results[0] as Promise<number>, /broken/);
  for (const index of [2, 3]) calls[index]?.resolve(index);
  assert.deepEqual(await Promise.all(results.slice(2)), [2, 3]);
});

test("a call that waits too long fails; a call that hangs keeps its slot, and counts as hanging until it returns", async (t) => {
  const time = virtualTime(t);
  const bulkhead = new Bulkhead({ limit: 1, timeoutMs: 4000 });
  const call = deferred();
  let isBegun = false;
  const settling = Promise.allSettled([
    bulkhead.run("Reading /mnt/nas/a", () => call.promise),
    bulkhead.run("Reading /mnt/nas/b", async () => {
      isBegun = true;
    }),
  ]);
  await time.advance(3999);
  assert.deepEqual(hangingCalls(), []);
  await time.advance(1);
  assert.deepEqual(hangingCalls(), ["Reading /mnt/nas/a"]);
  const results = await settling;
  const messages = results.map((result) => result.status === "rejected" && (result.reason as LateError).message);
  assert.deepEqual(
    messages,
    ["a", "b"].map((name) => `Reading /mnt/nas/${name} takes longer than 4 s`),
  );
  assert.ok(results.every((result) => result.status === "rejected" && result.reason instanceof LateError));
  call.resolve();
  await time.advance(0);
  assert.deepEqual(hangingCalls(), []);
  assert.equal(isBegun, false, "nobody waits for it any more");
  assert.equal(await bulkhead.run("Reading /mnt/nas/c", async () => "c"), "c");
});
