import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { CameraOptions } from "../../src/core/camera-options.ts";
import { examineCamera, type Requested } from "../../src/doctor/camera.ts";
import { fixCamera } from "../../src/doctor/fix-camera.ts";
import { pause } from "../../src/util/abort.ts";
import { tinyJpeg } from "../support/images/jpegs.ts";
import { testCamera } from "../support/serve.ts";
import { virtualTime } from "../support/virtual-time.ts";

/** Makes a camera with a frame every `ms`. */
function every(ms: number, damaged = false): CameraOptions["open"] {
  return async function* ({ signal, dropped }) {
    while (!signal.aborted) {
      yield tinyJpeg({ width: 640, height: 480 });
      if (damaged) dropped("it broke off");
      await pause(ms, signal);
    }
  };
}

async function examine(
  t: TestContext,
  open: CameraOptions["open"],
  asked: Requested = {},
  parts: Partial<CameraOptions> = {},
) {
  const time = virtualTime(t);
  const camera = testCamera(t, { name: "door", title: "Front door", open, ...parts });
  const findings = await time.settle(examineCamera(camera, asked), 100);
  for (const { about } of findings) assert.equal(about, "Front door");
  return { findings, found: findings.map(({ check, level }) => `${check} ${level}`), camera, time };
}

test("a camera that gives what was asked for is well, and is let go", async (t) => {
  const { findings, found, camera, time } = await examine(t, every(20), { width: 640, height: 480, fps: 15 });
  assert.deepEqual(found, ["picture ok"]);
  assert.equal(findings[0]?.what, "Frames come, 640×480, at 50 fps.");
  await time.until("it is let go", () => camera.status().state === "idle");
});

test("a camera that gives fewer pictures than were asked for, or others, is worth a note", async (t) => {
  const { findings, found } = await examine(t, every(100), { width: 1280, height: 480, fps: 30 });
  assert.deepEqual(found, ["picture ok", "rate note", "size note"]);
  assert.equal(findings[1]?.what, "The camera sends 10 fps, but its options request 30 fps.");
  assert.equal(findings[2]?.what, "The frames are 640×480, but the options request 1280×480.");
  for (const { fix } of findings.slice(1)) assert.match(fix, /^[A-Z].*\.$/);
});

test("a camera whose rate falls short by a rounding is well", async (t) => {
  assert.deepEqual((await examine(t, every(210), { fps: 5 })).found, ["picture ok"]);
});

test("a camera too slow to be measured is well, and said to be slow", async (t) => {
  const { findings, found } = await examine(t, every(60_000));
  assert.deepEqual(found, ["picture ok"]);
  assert.match(findings[0]?.what ?? "", /at less than one frame in 8 s/);
});

test("pictures that come damaged are counted", async (t) => {
  const { findings, found } = await examine(t, every(50, true));
  assert.deepEqual(found, ["picture ok", "damage note"]);
  assert.match(findings[1]?.what ?? "", /^\d+ frames came damaged or not at all, and viewers do not get them\.$/);
});

test("a camera that fails is a problem, with its own words and how to fix it", async (t) => {
  const { findings, found, time } = await examine(t, async function* () {
    yield* [];
    throw new Error("No permission for /dev/video0. Join the group video");
  });
  assert.deepEqual(found, ["picture problem"]);
  assert.equal(findings[0]?.what, "The camera sends no frames: No permission for /dev/video0. Join the group video.");
  assert.match(findings[0]?.fix ?? "", /^Join the group/);
  assert.ok(time.passedMs < 1000, "it does not wait for what has failed");
});

test("a camera that says nothing is a problem once its time is over", async (t) => {
  const { findings, found } = await examine(
    t,
    async function* ({ signal }) {
      yield* [];
      await pause(3_600_000, signal);
    },
    {},
    { stallMs: 60_000 },
  );
  assert.deepEqual(found, ["picture problem"]);
  assert.equal(findings[0]?.what, "The camera sends no frames: no frame came within 10 s.");
});

test("a camera that others send to is not ill because they do not", async (t) => {
  const open: CameraOptions["open"] = async function* ({ signal, waiting }) {
    yield* [];
    waiting?.("No publisher has sent a frame yet");
    await pause(60_000, signal);
  };
  const { findings, found } = await examine(t, open, {}, { isListening: true });
  assert.deepEqual(found, ["picture note"]);
  assert.equal(findings[0]?.what, "No publisher has sent a frame yet.");
});

test("a camera that is watched already is examined beside its viewers", async (t) => {
  const time = virtualTime(t);
  const camera = testCamera(t, { name: "door", open: every(20) });
  const leave = new AbortController();
  const frames = camera.subscribe(leave.signal)[Symbol.asyncIterator]();
  await frames.next();
  const [finding] = await time.settle(examineCamera(camera, { fps: 15 }), 100);
  assert.equal(finding?.level, "ok");
  assert.equal(camera.status().state, "live");
  leave.abort();
});

test("what is wrong with a camera is followed by its fix", () => {
  for (const [message, fix] of [
    ["No permission for /dev/video0. Join the group video", /group/],
    ["The camera at /dev/video0 is in use by cheese (process 7). Close that first.", /Close the program/],
    ["There is no camera at /dev/video0", /Plug it in/],
    ["ffmpeg is not installed: sudo apt install ffmpeg", /Install/],
    ["127.0.0.1:9: nothing listens there (ECONNREFUSED)", /reaches it/],
    [
      "10.0.0.8: the TLS handshake failed (unsupported protocol). For an old camera, add #tls=legacy or",
      /^Add #tls=legacy/,
    ],
    [
      "10.0.0.8: self-signed certificate. If the certificate is the camera's own, add #insecure=true.",
      /^Add #insecure=true/,
    ],
    ["it answered 401", /password/],
    ["it answered 404", /path/],
    ["The USB bus has no bandwidth for /dev/video0. Choose a smaller size", /smaller size/],
    ["something else", /log/],
  ] as const) {
    assert.match(fixCamera(message), fix, message);
  }
});
