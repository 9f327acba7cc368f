import assert from "node:assert/strict";
import { test } from "node:test";
import { SaturatedRate } from "../../src/abr/saturated-rate.ts";

const GUESS = 9_000_000;

/** Fills a link of 100,000 bytes a second from 0 to `toMs`, with a sample each 50 ms. */
function fill(rate: SaturatedRate, toMs: number): void {
  for (let now = 0; now <= toMs; now += 50) rate.sample(now, now * 100, true, GUESS);
}

test("a link is measured once it was full for 450 ms, of which the first 150 do not count", () => {
  const rate = new SaturatedRate();
  // The buffers take all of the first 100 ms at once.
  for (let now = 0; now <= 400; now += 50)
    rate.sample(now, now <= 100 ? 50_000 + now : 60_000 + now * 100, true, GUESS);
  assert.equal(rate.rate(400, GUESS), GUESS);
  rate.sample(450, 60_000 + 45_000, true, GUESS);
  assert.equal(rate.rate(450, GUESS), 100_000);
});

test("the slope is that of the last second", () => {
  const rate = new SaturatedRate();
  fill(rate, 1000);
  for (let now = 1050; now <= 2050; now += 50) rate.sample(now, 100_000 + (now - 1000) * 10, true, GUESS);
  assert.equal(rate.rate(2050, GUESS), 10_000);
});

test("for half a second the rate is what was measured, then a guess that is lower counts", () => {
  const rate = new SaturatedRate();
  fill(rate, 600);
  assert.equal(rate.rate(1099, 5), 100_000);
  assert.equal(rate.rate(1100, 5), 5);
  assert.equal(rate.rate(1100, GUESS), 100_000);
});

test("samples in which nothing more has arrived do not lower the rate", () => {
  const rate = new SaturatedRate();
  fill(rate, 600);
  rate.sample(650, 60_000, true, GUESS);
  assert.equal(rate.rate(650, GUESS), 100_000);
});

test("a measured rate is believed until nothing has waited for two seconds", () => {
  const rate = new SaturatedRate();
  fill(rate, 600);
  rate.sample(2600, 60_000, false, 50_000);
  assert.equal(rate.rate(2600, GUESS), 100_000);
  rate.sample(2601, 60_000, false, 50_000);
  assert.equal(rate.rate(2601, GUESS), GUESS);
});

test("a link seen to carry more than twice as much for half a second is believed", () => {
  const rate = new SaturatedRate();
  fill(rate, 600);
  rate.sample(700, 60_000, false, 200_001);
  rate.sample(1199, 60_000, false, 200_001);
  assert.equal(rate.rate(1199, GUESS), 100_000);
  rate.sample(1200, 60_000, false, 200_001);
  assert.equal(rate.rate(1200, GUESS), GUESS);
});

test("twice as much is not clearly more, nor is a link too fast to tell, nor one that was slower in between", () => {
  for (const guess of [200_000, Number.POSITIVE_INFINITY]) {
    const rate = new SaturatedRate();
    fill(rate, 600);
    for (let now = 700; now <= 1500; now += 100) rate.sample(now, 60_000, false, guess);
    assert.equal(rate.rate(1500, GUESS), 100_000, `${guess}`);
  }
  const rate = new SaturatedRate();
  fill(rate, 600);
  for (let now = 700; now <= 1500; now += 100) rate.sample(now, 60_000, false, now === 1000 ? 1000 : 300_000);
  assert.equal(rate.rate(1500, GUESS), 100_000);
  rate.sample(1600, 60_000, false, 300_000);
  assert.equal(rate.rate(1600, GUESS), GUESS);
});

test("after a pause a link is measured from the start", () => {
  const rate = new SaturatedRate();
  fill(rate, 600);
  rate.sample(650, 60_000, false, 1);
  for (let now = 700; now < 1150; now += 50) rate.sample(now, 60_000 + (now - 650) * 20, true, GUESS);
  assert.equal(rate.rate(1099, GUESS), 100_000);
  rate.sample(1150, 70_000, true, GUESS);
  assert.equal(rate.rate(1150, GUESS), 20_000);
});
