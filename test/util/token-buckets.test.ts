import assert from "node:assert/strict";
import { test } from "node:test";
import { TokenBucket } from "../../src/util/token-bucket.ts";
import { TokenBuckets } from "../../src/util/token-buckets.ts";

const takes = (buckets: TokenBuckets, name: string, now: number) =>
  Array.from({ length: 100 }, () => buckets.take(name, now)).filter(Boolean).length;

test("each name has its own bucket: a burst at once, then the rate", () => {
  const buckets = new TokenBuckets({ perSecond: 10, burst: 20 });
  assert.equal(takes(buckets, "one", 0), 20);
  assert.equal(takes(buckets, "other", 0), 20);
  assert.equal(takes(buckets, "one", 500), 5);
  assert.equal(takes(buckets, "one", 60_000), 20);
});

test("a client that asks without end gets the rate, no more and no less", () => {
  const buckets = new TokenBuckets({ perSecond: 10, burst: 10 });
  const taken: number[] = [];
  for (let now = 0; now < 10_000; now++) if (buckets.take("flooder", now)) taken.push(now);
  const steady = Array.from({ length: 99 }, (_, index) => (index + 1) * 100);
  assert.deepEqual(taken, [...Array.from({ length: 10 }, (_, index) => index), ...steady]);
});

test("the least recently used name is forgotten, and one in use is not", () => {
  const buckets = new TokenBuckets({ perSecond: 1, burst: 1, max: 100 });
  buckets.take("quiet", 0);
  for (let number = 0; number < 1000; number++) {
    assert.equal(buckets.take("flooder", 0), number === 0);
    buckets.take(`stranger ${number}`, 0);
  }
  assert.equal(buckets.take("quiet", 0), true);
});

test("a resized bucket keeps its tokens, up to the new burst", () => {
  const bucket = new TokenBucket(100);
  bucket.resize(10, 5);
  assert.equal(Array.from({ length: 100 }, () => bucket.take(0)).filter(Boolean).length, 5);
  assert.equal(Array.from({ length: 100 }, () => bucket.take(100)).filter(Boolean).length, 1);
});

test("a bucket gives a burst at once, then its rate", () => {
  const bucket = new TokenBucket(10);
  const taken = (now: number) => Array.from({ length: 100 }, () => bucket.take(now)).filter(Boolean).length;
  assert.equal(taken(0), 10);
  assert.equal(taken(99), 0);
  assert.equal(taken(350), 3);
  assert.equal(taken(60_000), 10);
});
