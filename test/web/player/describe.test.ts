import assert from "node:assert/strict";
import { test } from "node:test";
import type { CameraStatus } from "../../../src/web/player/camera-status.ts";
import { describe, type Seen, usualMs } from "../../../src/web/player/describe.ts";

/** Describes a frame of a live camera over a good connection. */
function say({ fps = 5, cameraAgeMs = 0, ...seen }: Partial<Seen> & { fps?: number; cameraAgeMs?: number }) {
  const camera = { state: "live", fps, ageMs: cameraAgeMs } as CameraStatus;
  const all = { camera, reachable: true, connected: true, again: true, card: false, sinceMs: 0, ...seen };
  const { mood, state, numbers, stale } = describe(all);
  return { mood, state, numbers, stale };
}

test("a frame of two seconds is live, and an older one is late, or stalled if the camera has none newer", () => {
  const live = { mood: "live", state: "live", numbers: "5 fps · 2.0 s", stale: false };
  const late = { mood: "waiting", state: "late", numbers: "2.0 s old", stale: true };
  assert.deepEqual(say({ frameAgeMs: 2000 }), live);
  assert.deepEqual(say({ frameAgeMs: 2001 }), late);
  assert.deepEqual(say({ frameAgeMs: 2001, cameraAgeMs: 2000 }), late);
  assert.deepEqual(say({ frameAgeMs: 2001, cameraAgeMs: 2001 }), { ...late, state: "stalled" });
});

test("a frame of a slow camera is live for two and a half of its intervals", () => {
  assert.equal(usualMs(1), 2500);
  assert.equal(usualMs(2), 2000);
  // The server counts none below 0.2 fps.
  assert.equal(usualMs(0, 10_000), 25_000);
  assert.equal(usualMs(0), 2000);
  assert.equal(say({ fps: 0.5, frameAgeMs: 5000 }).state, "live");
  assert.equal(say({ fps: 0.5, frameAgeMs: 5001 }).state, "late");
});

test("a page that does not hear the server, or has no frames, does not call the camera live", () => {
  assert.equal(say({ frameAgeMs: 0, reachable: false }).state, "reconnecting");
  assert.equal(say({ connected: false }).state, "reconnecting");
  assert.equal(say({ connected: false, again: false }).state, "connecting");
  assert.equal(say({ frameAgeMs: 0, card: true }).mood, "waiting");
});
