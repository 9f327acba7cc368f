import assert from "node:assert/strict";
import { test } from "node:test";
import type { CameraEvent } from "../../src/core/camera-options.ts";
import { Mailbox } from "../../src/core/mailbox.ts";
import { pause } from "../../src/util/abort.ts";
import { until } from "../support/deferred.ts";
import { libjpegJpeg } from "../support/images/encoded-jpegs.ts";
import { tablesOf, tinyJpeg, withoutTables } from "../support/images/jpegs.ts";
import { testCamera } from "../support/serve.ts";
import { virtualTime } from "../support/virtual-time.ts";

const never = new AbortController().signal;

async function* endless(signal: AbortSignal, everyMs = 5) {
  while (!signal.aborted) {
    yield tinyJpeg({ width: 320, height: 240 });
    await pause(everyMs, signal);
  }
}

test("frames are numbered one by one and stamped when they are captured", async (t) => {
  const start = Date.UTC(2026, 10, 28, 12);
  const time = virtualTime(t, start);
  const camera = testCamera(t, { open: ({ signal }) => endless(signal, 40) });
  const frames: [seq: number, capturedAt: number, takenAt: number][] = [];
  void (async () => {
    for await (const { seq, capturedAt } of camera.subscribe(never))
      frames.push([seq, capturedAt - start, time.passedMs]);
  })();
  await time.advance(80);
  assert.deepEqual(frames, [
    [0, 0, 0],
    [1, 40, 40],
    [2, 80, 80],
  ]);
});

test("its state goes from idle through starting to live, and back to idle when the last viewer is gone", async (t) => {
  const events: CameraEvent["kind"][] = [];
  const camera = testCamera(t, { open: ({ signal }) => endless(signal), onEvent: ({ kind }) => events.push(kind) });
  assert.equal(camera.status().state, "idle");
  const leave = new AbortController();
  const frames = camera.subscribe(leave.signal)[Symbol.asyncIterator]();
  await until("it is starting", () => camera.status().state !== "idle");
  await frames.next();
  assert.deepEqual([camera.status().state, camera.status().online], ["live", true]);
  leave.abort();
  await until("it is idle", () => camera.status().state === "idle");
  assert.deepEqual(events, ["opened", "live", "released"]);
});

test("after a failure it is retrying and says why, keeps its size, and goes on counting when frames return", async (t) => {
  const time = virtualTime(t);
  let opened = 0;
  const camera = testCamera(t, {
    pauses: { minPauseMs: 5000, maxPauseMs: 5000 },
    open: async function* ({ signal }) {
      opened++;
      yield tinyJpeg({ width: 320, height: 240 });
      if (opened === 1) throw new Error("http://joe:secret@host is gone");
      yield* endless(signal);
    },
  });
  const frames = camera.subscribe(never)[Symbol.asyncIterator]();
  assert.equal((await frames.next()).value.seq, 0);
  await time.advance(2000);
  const { state, online, restarts, lastError, width, height } = camera.status();
  assert.deepEqual(
    { state, online, restarts, width, height },
    { state: "retrying", online: false, restarts: 1, width: 320, height: 240 },
  );
  assert.deepEqual(lastError, { message: "http://joe:***@host is gone", at: Date.now() - 2000 });
  assert.deepEqual([camera.nextTryInMs, camera.status().nextTryAt], [3000, Date.now() + 3000]);
  const next = frames.next();
  await time.advance(3000);
  assert.deepEqual([(await next).value.seq, opened], [1, 2]);
  assert.equal(camera.status().state, "live");
  assert.notEqual(camera.status().lastError, null);
});

test("frames that need a repair are repaired and counted; the others are passed on unchanged", async (t) => {
  const original = await libjpegJpeg();
  const pictures = new Mailbox<Uint8Array>();
  const camera = testCamera(t, {
    open: ({ signal }) => {
      signal.addEventListener("abort", () => pictures.close());
      return pictures;
    },
  });
  const frames = camera.subscribe(never)[Symbol.asyncIterator]();
  const seen: Uint8Array[] = [];
  for (const jpeg of [original, withoutTables(original), original]) {
    pictures.put(jpeg);
    seen.push((await frames.next()).value.jpeg);
  }
  assert.equal(seen[0], original);
  assert.equal(seen[2], original);
  assert.equal(tablesOf(Buffer.from(seen[1] as Uint8Array)).length, 4);
  const { frames: captured, repaired, dropped } = camera.status();
  assert.deepEqual({ captured, repaired, dropped }, { captured: 3, repaired: 1, dropped: 0 });
});

test("a frame that cannot be shown is passed over, counted, and no sign of life", async (t) => {
  const time = virtualTime(t);
  const reasons: string[] = [];
  const camera = testCamera(t, {
    pauses: { minPauseMs: 10_000, maxPauseMs: 10_000 },
    open: async function* ({ signal }) {
      while (!signal.aborted) {
        yield Buffer.from("<h1>404</h1>");
        await pause(1000, signal);
      }
    },
    onEvent: (event) => event.kind === "dropped" && reasons.push(event.reason),
  });
  camera.subscribe(never);
  await time.advance(9999);
  assert.equal(camera.status().state, "starting");
  await time.advance(1);
  const { state, frames, dropped, lastError, width } = camera.status();
  assert.deepEqual([state, frames, dropped], ["retrying", 0, 10]);
  assert.deepEqual([width, lastError?.message], [null, "No frame came for 10 s"]);
  assert.deepEqual(reasons, Array(10).fill("The data is no JPEG"));
});

test("what a driver drops is counted", async (t) => {
  const camera = testCamera(t, {
    open: async function* ({ signal, dropped }) {
      dropped("half a picture");
      yield* endless(signal);
    },
  });
  await camera.subscribe(never)[Symbol.asyncIterator]().next();
  assert.equal(camera.status().dropped, 1);
});

test("a camera that is always on captures from its start, watched or not, until it is closed", async (t) => {
  let open = 0;
  const camera = testCamera(t, {
    isAlwaysOn: true,
    open: async function* ({ signal }) {
      open++;
      yield* endless(signal);
      open--;
    },
  });
  camera.start();
  await until("it is live", () => camera.status().frames > 3);
  await camera.close();
  assert.equal(open, 0);
});

test("a camera is overdue when somebody watches and no frame came for its stall time, and not when nobody does", async (t) => {
  const time = virtualTime(t);
  const camera = testCamera(t, {
    // biome-ignore lint/correctness/useYield: it never has one
    open: async function* () {
      throw new Error("off");
    },
  });
  assert.equal(camera.isOverdue, false);
  const leave = new AbortController();
  await time.advance(60_000);
  camera.subscribe(leave.signal);
  await time.advance(10_000);
  assert.equal(camera.isOverdue, false);
  await time.advance(1);
  assert.equal(camera.isOverdue, true);
  leave.abort();
  assert.equal(camera.isOverdue, false);
});

test("a camera that others send to waits for them without failing, and is never closed for their silence", async (t) => {
  const time = virtualTime(t);
  const sent = new Mailbox<Uint8Array>();
  let opened = 0;
  const camera = testCamera(t, {
    isListening: true,
    isAlwaysOn: true,
    open: async function* ({ waiting }) {
      opened++;
      waiting?.("Nobody sends");
      yield* sent;
    },
  });
  camera.start();
  const words = () => [camera.status().state, camera.status().waitingFor];
  await time.advance(0);
  assert.deepEqual(words(), ["starting", "Nobody sends"]);
  await time.advance(3_600_000);
  for (let frame = 0; frame < 2; frame++) {
    sent.put(tinyJpeg());
    await time.advance(9999);
    assert.deepEqual(words(), ["live", null]);
  }
  await time.advance(1);
  assert.deepEqual(words(), ["starting", "No frame came for 10 s"]);
  await time.advance(3_600_000);
  assert.deepEqual([opened, camera.status().restarts, camera.status().lastError], [1, 0, null]);
  sent.close();
});
