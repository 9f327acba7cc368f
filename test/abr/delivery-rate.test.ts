import assert from "node:assert/strict";
import { test } from "node:test";
import { DeliveryRate } from "../../src/abr/delivery-rate.ts";

test("before the first delivery a rate is not known, then it is that of the busy time", () => {
  const rate = new DeliveryRate();
  assert.equal(rate.bytesPerSecond, undefined);
  rate.delivered(10_000, 100, 1000);
  assert.equal(rate.bytesPerSecond, 100_000);
  rate.delivered(10_000, 300, 2000);
  assert.equal(rate.bytesPerSecond, 50_000);
});

test("a delivery faster than a browser's clock tells took a millisecond", () => {
  const rate = new DeliveryRate();
  rate.delivered(1000, 0, 0);
  assert.equal(rate.bytesPerSecond, 1_000_000);
});

test("a delivery counts until those after it were busy for 500 ms", () => {
  const rate = new DeliveryRate();
  rate.delivered(100_000, 100, 0);
  rate.delivered(1000, 499, 1);
  assert.equal(rate.bytesPerSecond, (101_000 / 599) * 1000);
  rate.delivered(1000, 1, 2);
  assert.equal(rate.bytesPerSecond, 4000);
});

test("a delivery counts for two seconds, the last one forever", () => {
  const rate = new DeliveryRate();
  rate.delivered(100_000, 100, 0);
  rate.delivered(0, 100, 2000);
  assert.equal(rate.bytesPerSecond, 500_000);
  rate.delivered(0, 100, 2001);
  assert.equal(rate.bytesPerSecond, 0);
  rate.delivered(5000, 50, 9000);
  assert.equal(rate.bytesPerSecond, 100_000);
});
