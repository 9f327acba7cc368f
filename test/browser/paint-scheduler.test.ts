import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";

import { PaintScheduler } from "../../src/web/player/engine/paint-scheduler.ts";

/**
 * Simulates canvases with the given fps, evenly spread over time. Returns when each was painted in
 * the third second.
 */
async function paint(t: TestContext, canvases: number, fps: number) {
  let now = 0;
  t.mock.method(performance, "now", () => now);
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const scheduler = new PaintScheduler();
  const painted: { canvas: number; cameAt: number; at: number }[] = [];
  const apart = 1000 / fps;
  const due = Array.from({ length: canvases }, (_, index) => ({
    canvas: index,
    of: {},
    at: (index * apart) / canvases,
  }));
  while (now < 3000) {
    for (const next of due) {
      if (next.at > now) continue;
      next.at += apart;
      const [canvas, cameAt] = [next.canvas, now];
      scheduler.arrived(next.of);
      void scheduler.next().then(() => painted.push({ canvas, cameAt, at: now }));
    }
    await Promise.resolve();
    now += 1;
    t.mock.timers.tick(1);
    for (let count = 0; count < 3; count++) await Promise.resolve();
  }
  return painted.filter(({ cameAt }) => cameAt >= 2000);
}

const momentsOf = (painted: readonly { at: number }[]) => new Set(painted.map(({ at }) => at));

for (const [canvases, fps] of [
  [1, 30],
  [1, 60],
  [2, 30],
  [4, 15],
] as const) {
  test(`nothing waits where a screen can show each: ${canvases} of ${fps} a second`, async (t) => {
    const painted = await paint(t, canvases, fps);
    assert.ok(painted.length > 0);
    assert.ok(painted.every(({ cameAt, at }) => at - cameAt <= 1));
  });
}

test("sixteen of fifteen a second are painted in turns of 50 ms, and none misses a picture", async (t) => {
  const painted = await paint(t, 16, 15);
  assert.ok(momentsOf(painted).size <= 21, `${momentsOf(painted).size} moments`);
  assert.ok(painted.every(({ cameAt, at }) => at - cameAt <= 51));
  for (let canvas = 0; canvas < 16; canvas++) {
    const own = painted.filter((picture) => picture.canvas === canvas);
    assert.ok(momentsOf(own).size >= 14, `${momentsOf(own).size} of ${canvas}`);
  }
});

test("the more each gets, the shorter the turns: nine of thirty a second", async (t) => {
  const painted = await paint(t, 9, 30);
  assert.ok(momentsOf(painted).size >= 38, `${momentsOf(painted).size} moments`);
  assert.ok(painted.every(({ cameAt, at }) => at - cameAt <= 26));
});

test("a canvas that is gone makes nobody wait", async (t) => {
  let now = 0;
  t.mock.method(performance, "now", () => now);
  const scheduler = new PaintScheduler();
  const [gone, left] = [{}, {}];
  for (; now < 900; now += 10) scheduler.arrived(gone);
  scheduler.remove(gone);
  scheduler.arrived(left);
  await scheduler.next();
  await scheduler.next();
  assert.equal(now, 900, "both at once");
});
