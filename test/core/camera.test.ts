import assert from "node:assert/strict";
import { test } from "node:test";
import type { CameraEvent } from "../../src/core/camera-options.ts";
import { Mailbox } from "../../src/core/mailbox.ts";
import { pause } from "../../src/util/abort.ts";
import { epochNow } from "../../src/util/clock.ts";
import { until } from "../support/deferred.ts";
import { libjpegJpeg } from "../support/images/encoded-jpegs.ts";
import { tablesOf, tinyJpeg, withoutTables } from "../support/images/jpegs.ts";
import { testCamera } from "../support/serve.ts";

const never = new AbortController().signal;

async function* endless(signal: AbortSignal, everyMs = 5) {
  while (!signal.aborted) {
    yield tinyJpeg({ width: 320, height: 240 });
    await pause(everyMs, signal);
  }
}

test("frames are numbered one by one and stamped when they are captured", async (t) => {
  const camera = testCamera(t, { open: ({ signal }) => endless(signal) });
  const before = epochNow();
  const frames = camera.subscribe(never)[Symbol.asyncIterator]();
  const [first, second] = [(await frames.next()).value, (await frames.next()).value];
  assert.equal(first.seq, 0);
  assert.equal(second.seq, 1);
  assert.ok(before <= first.capturedAt && first.capturedAt < second.capturedAt && second.capturedAt <= epochNow());
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
  let opened = 0;
  const camera = testCamera(t, {
    pauses: { minPauseMs: 60, maxPauseMs: 60 },
    open: async function* ({ signal }) {
      opened++;
      yield tinyJpeg({ width: 320, height: 240 });
      if (opened === 1) throw new Error("http://joe:secret@host is gone");
      yield* endless(signal);
    },
  });
  const frames = camera.subscribe(never)[Symbol.asyncIterator]();
  assert.equal((await frames.next()).value.seq, 0);
  await until("it is retrying", () => camera.status().state === "retrying");
  const { online, restarts, lastError, width, height } = camera.status();
  assert.deepEqual({ online, restarts, width, height }, { online: false, restarts: 1, width: 320, height: 240 });
  assert.equal(lastError?.message, "http://joe:***@host is gone");
  assert.equal((await frames.next()).value.seq, 1);
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
  const reasons: string[] = [];
  const camera = testCamera(t, {
    stallMs: 60,
    pauses: { minPauseMs: 10_000, maxPauseMs: 10_000 },
    open: async function* ({ signal }) {
      while (!signal.aborted) {
        yield Buffer.from("<h1>404</h1>");
        await pause(5, signal);
      }
    },
    onEvent: (event) => event.kind === "dropped" && reasons.push(event.reason),
  });
  camera.subscribe(never);
  await until("it has stalled", () => camera.status().state === "retrying");
  const { frames, dropped, lastError, width } = camera.status();
  assert.deepEqual([frames, width, lastError?.message], [0, null, "No frame came for 0.06 s"]);
  assert.ok(dropped > 1);
  assert.deepEqual(new Set(reasons), new Set(["The data is no JPEG"]));
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
  const camera = testCamera(t, {
    stallMs: 50,
    pauses: { minPauseMs: 10_000, maxPauseMs: 10_000 },
    // biome-ignore lint/correctness/useYield: it never has one
    open: async function* () {
      throw new Error("off");
    },
  });
  assert.equal(camera.isOverdue, false);
  const leave = new AbortController();
  camera.subscribe(leave.signal);
  assert.equal(camera.isOverdue, false);
  await until("it is overdue", () => camera.isOverdue);
  leave.abort();
  assert.equal(camera.isOverdue, false);
});

test("a camera that others send to waits for them without failing, and is never closed for their silence", async (t) => {
  const sent = new Mailbox<Uint8Array>();
  let opened = 0;
  const camera = testCamera(t, {
    isListening: true,
    isAlwaysOn: true,
    stallMs: 30,
    open: async function* ({ waiting }) {
      opened++;
      waiting?.("Nobody sends");
      yield* sent;
    },
  });
  camera.start();
  const words = () => [camera.status().state, camera.status().waitingFor];
  await until("it waits", () => camera.status().waitingFor !== null);
  assert.deepEqual(words(), ["starting", "Nobody sends"]);
  await pause(90, never);
  sent.put(tinyJpeg());
  await until("it is live", () => camera.status().state === "live");
  assert.deepEqual(words(), ["live", null]);
  await until("it noticed the silence", () => camera.status().state === "starting");
  assert.deepEqual(words(), ["starting", "No frame came for 0.03 s"]);
  assert.deepEqual([opened, camera.status().restarts, camera.status().lastError], [1, 0, null]);
  sent.close();
});
