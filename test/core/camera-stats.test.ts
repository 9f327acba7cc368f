import assert from "node:assert/strict";
import { test } from "node:test";
import { CameraStats } from "../../src/core/camera-stats.ts";
import { virtualTime } from "../support/virtual-time.ts";

test("frames are numbered through all runs, and counted from the start of each", (t) => {
  virtualTime(t);
  const stats = new CameraStats();
  const show = (repaired = false) => stats.frame({ jpeg: Buffer.alloc(1), width: 4, height: 3, repaired });
  stats.opened();
  assert.deepEqual(
    [show(), show()].map((frame) => [frame.seq, stats.framesBefore(frame)]),
    [
      [0, 0],
      [1, 1],
    ],
  );
  stats.opened();
  const third = show(true);
  assert.deepEqual([third.seq, stats.framesBefore(third)], [2, 0]);
  assert.equal(stats.lastFrame, third);
  stats.dropped();
  const { width, height, frames, repaired, dropped, restarts } = stats.status();
  assert.deepEqual(
    { width, height, frames, repaired, dropped, restarts },
    {
      width: 4,
      height: 3,
      frames: 3,
      repaired: 1,
      dropped: 1,
      restarts: 0,
    },
  );
});

test("a failure is told with the time of the next try, until the camera opens or is released", async (t) => {
  const time = virtualTime(t);
  for (const end of ["opened", "released"] as const) {
    const stats = new CameraStats();
    assert.equal(stats.nextTryInMs, null);
    stats.failed("no route", 500);
    await time.advance(100);
    assert.equal(stats.nextTryInMs, 400);
    const { restarts, lastError, nextTryAt } = stats.status();
    assert.deepEqual([restarts, lastError?.message, (nextTryAt ?? 0) - (lastError?.at ?? 0)], [1, "no route", 500]);
    stats[end]();
    assert.equal(stats.nextTryInMs, null);
    assert.equal(stats.status().lastError?.message, "no route");
  }
});

test("a camera is silent since its last frame, or since it is watched", async (t) => {
  const time = virtualTime(t);
  const stats = new CameraStats();
  await time.advance(10);
  stats.watched();
  const start = stats.silentSince;
  await time.advance(50);
  const { at } = stats.frame({ jpeg: Buffer.alloc(1), width: 4, height: 3, repaired: false });
  assert.deepEqual([stats.silentSince, at - start], [at, 50]);
  stats.forget();
  assert.equal(stats.silentSince, start);
  const { width, height, lastFrameAt, lastError, note, frames } = stats.status();
  assert.deepEqual([width, height, lastFrameAt, lastError, note, frames], [null, null, null, null, null, 1]);
});
