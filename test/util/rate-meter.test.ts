import assert from "node:assert/strict";
import { test } from "node:test";
import { RateMeter } from "../../src/util/rate-meter.ts";

function meter(times: readonly number[]): RateMeter {
  const rate = new RateMeter();
  for (const time of times) rate.tick(time);
  return rate;
}

const every = (ms: number, count: number) => Array.from({ length: count }, (_, index) => index * ms);

test("a steady rate is read as it is, slow or fast", () => {
  assert.equal(meter(every(1000, 10)).rate(9000), 1);
  assert.equal(meter(every(20, 500)).rate(499 * 20), 50);
  assert.equal(meter(every(2000, 5)).rate(8000), 0.5);
});

test("a rate sinks when the next event is overdue, and is 0 when they have stopped", () => {
  const rate = meter(every(100, 50));
  assert.equal(rate.rate(4900 + 1000), 1);
  assert.equal(rate.rate(4900 + 5001), 0);
});

test("a rate follows a change within the window", () => {
  const rate = meter([...every(10, 100), ...every(1000, 8).map((time) => 2000 + time)]);
  assert.ok(Math.abs(rate.rate(9000) - 1) < 0.01);
});

test("no event and one event have no rate", () => {
  assert.equal(new RateMeter().rate(5), 0);
  assert.equal(meter([1]).rate(5), 0);
});

test("what comes less often than the window is long has its rate all the time, until it is overdue", () => {
  const meter = new RateMeter();
  for (let now = 0; now <= 40_000; now += 10_000) meter.tick(now);
  for (const now of [40_000, 45_000, 49_999]) assert.ok(Math.abs(meter.rate(now) - 0.1) < 0.001, `${meter.rate(now)}`);
  assert.ok(meter.rate(60_000) < 0.1 && meter.rate(60_000) > 0);
  assert.equal(meter.rate(66_000), 0);
});

test("one that comes after a long silence does not make a quick source a slow one", () => {
  const meter = new RateMeter();
  for (let now = 0; now < 1000; now += 100) meter.tick(now);
  meter.tick(20_000);
  assert.equal(meter.rate(23_000), 0);
});
