import assert from "node:assert/strict";
import { test } from "node:test";
import { ThreadPoolProbe } from "../../../src/util/process/thread-pool.ts";
import { deferred } from "../../support/deferred.ts";

test("the pool of this process works", async () => {
  assert.equal(await new ThreadPoolProbe().works(), true);
});

test("a pool that does no work in time hangs, is asked once meanwhile, and works again when that is done", async () => {
  const work = deferred();
  let asked = 0;
  const pool = new ThreadPoolProbe({
    limitMs: 30,
    work: () => {
      asked++;
      return work.promise;
    },
  });
  assert.deepEqual(await Promise.all([pool.works(), pool.works()]), [false, false]);
  assert.equal(await pool.works(), false);
  assert.equal(asked, 1);
  work.resolve();
  await new Promise(setImmediate);
  assert.equal(await pool.works(), true);
});
