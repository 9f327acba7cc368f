import assert from "node:assert/strict";
import { test } from "node:test";
import { Overload } from "../../../src/http/limits/overload.ts";

/**
 * Simulates a process with a fixed cost per request. Returns how many of `offered` requests per
 * second it admitted in each second.
 */
function simulate(
  { costMs, otherShare = 0 }: { costMs: number; otherShare?: number },
  offered: (second: number) => number,
  seconds: number,
) {
  let now = 0;
  let busyMs = 0;
  let lookedAt = 0;
  const busyShare = () => {
    const share = Math.min(1, otherShare + busyMs / (now - lookedAt));
    [busyMs, lookedAt] = [0, now];
    return share;
  };
  const overload = new Overload({ minPerSecond: 100, minBurst: 50, busyShare, now: () => now });
  return Array.from({ length: seconds }, (_, second) => {
    let answered = 0;
    for (let number = 0; number < offered(second); number++) {
      now = second * 1000 + (number * 1000) / offered(second);
      if (!overload.take()) continue;
      answered++;
      busyMs += costMs;
    }
    return answered;
  });
}

test("all requests are admitted while there is time, on fast and slow machines", () => {
  assert.deepEqual(
    simulate({ costMs: 0.1 }, () => 5000, 3),
    [5000, 5000, 5000],
  );
  assert.deepEqual(
    simulate({ costMs: 2 }, () => 300, 3),
    [300, 300, 300],
  );
});

test("a flood leaves a quarter of the time, whatever a request costs", () => {
  for (const costMs of [0.2, 1, 4]) {
    const [last = 0] = simulate({ costMs }, () => 10_000, 10).slice(-1);
    const share = (last * costMs) / 1000;
    assert.ok(share > 0.5 && share < 0.85, `${last} at ${costMs} ms`);
  }
});

test("however busy viewers keep the process, some requests are admitted, and a wall's at once", () => {
  const [, ...answered] = simulate({ costMs: 0.5, otherShare: 0.95 }, () => 10_000, 10);
  for (const count of answered.slice(2)) assert.ok(count >= 95 && count <= 160, `${count}`);
  const wall = simulate({ costMs: 0.5, otherShare: 0.95 }, (second) => (second < 5 ? 10_000 : 40), 8);
  assert.deepEqual(wall.slice(6), [40, 40]);
});

test("within two seconds after a flood all requests are admitted again", () => {
  const answered = simulate({ costMs: 1 }, (second) => (second < 5 ? 10_000 : 600), 9);
  assert.deepEqual(answered.slice(7), [600, 600]);
});
