import assert from "node:assert/strict";
import { test } from "node:test";
import { TokenBucket } from "../../src/util/token-bucket.ts";
import { TokenBuckets } from "../../src/util/token-buckets.ts";

const takes = (allowances: TokenBuckets, name: string, now: number) =>
  Array.from({ length: 100 }, () => allowances.take(name, now)).filter(Boolean).length;

test("each has its own: a burst at once, and what a second brings over time", () => {
  const allowances = new TokenBuckets({ perSecond: 10, burst: 20 });
  assert.equal(takes(allowances, "one", 0), 20);
  assert.equal(takes(allowances, "other", 0), 20);
  assert.equal(takes(allowances, "one", 500), 5);
  assert.equal(takes(allowances, "one", 60_000), 20);
});

test("who asks without end does not wait for ever, and gets no more than his share", () => {
  const allowances = new TokenBuckets({ perSecond: 10, burst: 10 });
  let taken = 0;
  for (let now = 0; now < 10_000; now++) if (allowances.take("flooder", now)) taken++;
  assert.ok(taken >= 109 && taken <= 110, `${taken}`);
});

test("names without end take no memory without end: who asked longest ago is forgotten, and who asks on is not", () => {
  const allowances = new TokenBuckets({ perSecond: 1, burst: 1, max: 100 });
  allowances.take("quiet", 0);
  for (let number = 0; number < 1000; number++) {
    assert.equal(allowances.take("flooder", 0), number === 0);
    allowances.take(`stranger ${number}`, 0);
  }
  assert.equal(allowances.take("quiet", 0), true);
});

test("an allowance of another size keeps what is left of it, as far as that fits", () => {
  const allowance = new TokenBucket(100);
  allowance.resize(10, 5);
  assert.equal(Array.from({ length: 100 }, () => allowance.take(0)).filter(Boolean).length, 5);
  assert.equal(Array.from({ length: 100 }, () => allowance.take(100)).filter(Boolean).length, 1);
});
