import assert from "node:assert/strict";
import { test } from "node:test";
import { ThreadPoolProbe } from "../../../src/util/process/thread-pool.ts";
import { deferred } from "../../support/deferred.ts";
import { virtualTime } from "../../support/virtual-time.ts";

test("the pool of this process works", async () => {
  assert.equal(await new ThreadPoolProbe().works(), true);
});

test("a pool that does no work in time hangs, is asked once meanwhile, and works again when that is done", async (t) => {
  const time = virtualTime(t);
  const work = deferred();
  let asked = 0;
  const pool = new ThreadPoolProbe({
    work: () => {
      asked++;
      return work.promise;
    },
  });
  const answers: [atMs: number, works: boolean][] = [];
  const ask = () => void pool.works().then((works) => answers.push([time.passedMs, works]));
  ask();
  await time.advance(3000);
  ask();
  await time.advance(7000);
  ask();
  await time.advance(1);
  assert.deepEqual(answers, [
    [5000, false],
    [5000, false],
    [10_001, false],
  ]);
  assert.equal(asked, 1);
  work.resolve();
  await time.advance(0);
  ask();
  await time.advance(0);
  assert.deepEqual([answers[3], asked], [[10_001, true], 2]);
});
