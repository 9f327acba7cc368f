import assert from "node:assert/strict";
import { test } from "node:test";
import type { CameraReport } from "../../../src/http/routes/cameras.ts";
import { type FakeCamera, NEEDS_FAKECAM, ownCamera } from "../../support/cameras/fakecam.ts";
import { until } from "../../support/deferred.ts";
import { type Server, startServer } from "../../support/programs/server.ts";
import { needs } from "../../support/tools.ts";
import { watchStream } from "../../support/viewers/watch-stream.ts";

const skip = NEEDS_FAKECAM;

/** Small, so that a test of many pictures moves little. */
const SMALL = { count: 6, bytes: 3000 };

async function statusOf({ url }: Server, name = "webcam"): Promise<CameraReport> {
  return (await (await fetch(`${url}/api/cameras/${name}`)).json()) as CameraReport;
}

/** How many of these pictures are none of the camera's, by the comment that each has. */
function strangers(camera: FakeCamera, pictures: readonly Buffer[], size = "1280x720"): number {
  const labels = camera.pictures.map((_, index) => Buffer.from(`${size} ${index}`));
  return pictures.filter((picture) => !labels.some((label) => picture.includes(label))).length;
}

test("damaged, empty and cut frames are skipped and counted", {
  skip,
}, async (t) => {
  const settings = { FPS: 100, ERROR_EVERY: 5, EMPTY_EVERY: 7, CUT_EVERY: 11 };
  const camera = ownCamera(t, { ...SMALL, settings });
  const server = await startServer(t, [`webcam:${camera.path}#fps=100`, "--log-level", "debug"]);
  const viewer = watchStream(t, `${server.url}/video_feed`);
  await until("100 pictures came", () => viewer.pictures.length > 100);
  const reasons = ["The camera marked a frame as damaged", "The camera gave an empty frame", "A frame is incomplete"];
  for (const reason of reasons) assert.ok(server.errors().includes(`Passed over: ${reason}`), reason);
  const { frames, dropped, restarts } = await statusOf(server);
  const share = dropped / (frames + dropped);
  // 1 - 4/5 × 6/7 × 10/11
  assert.ok(share > 0.3 && share < 0.45, `${dropped} of ${frames + dropped} were passed over`);
  assert.equal(restarts, 0);
  assert.equal(strangers(camera, viewer.pictures), 0);
});

test("a stream that fails is opened again, and its viewers stay", { skip }, async (t) => {
  const camera = ownCamera(t, { ...SMALL, settings: { EIO_AFTER: 20 } });
  const server = await startServer(t, [`webcam:${camera.path}`]);
  const viewer = watchStream(t, `${server.url}/video_feed`);
  await until("more pictures than it gave before", () => viewer.pictures.length > 40);
  const { restarts, lastError, online } = await statusOf(server);
  assert.deepEqual([restarts, online, viewer.ended], [1, true, false]);
  assert.equal(lastError?.message, `The camera at ${camera.path} stopped answering (VIDIOC_DQBUF: EIO)`);
});

test("a request that a signal interrupts is made again", { skip }, async (t) => {
  const camera = ownCamera(t, { ...SMALL, settings: { EINTR_EVERY: 2 } });
  const server = await startServer(t, [`webcam:${camera.path}`]);
  const viewer = watchStream(t, `${server.url}/video_feed`);
  await until("20 pictures came", () => viewer.pictures.length > 20);
  const { restarts, dropped } = await statusOf(server);
  assert.deepEqual([restarts, dropped], [0, 0]);
});

test("a camera that gives another size than requested is shown at that size, and reported", { skip }, async (t) => {
  const sizes = ["1280x720", "640x480"];
  const camera = ownCamera(t, { ...SMALL, sizes, settings: { SFMT: "640x480:MJPG" } });
  const server = await startServer(t, [`webcam:${camera.path}#width=1280#height=720`]);
  const viewer = watchStream(t, `${server.url}/video_feed`);
  await until("a picture came", () => viewer.pictures.length > 0);
  const { width, height, note } = await statusOf(server);
  assert.deepEqual([width, height], [640, 480]);
  const mode = "640x480 MJPG at 30 fps, the nearest it offers to 1280x720";
  assert.equal(note, `Fake Camera at ${camera.path}: ${mode}`);
});

test("a camera that gives another format than it was asked for is not shown as if it gave JPEGs", {
  skip,
}, async (t) => {
  const camera = ownCamera(t, { ...SMALL, settings: { SFMT: "1280x720:YUYV" } });
  const server = await startServer(t, [`webcam:${camera.path}`]);
  watchStream(t, `${server.url}/video_feed`);
  const { message } = await until("it failed", async () => (await statusOf(server)).lastError);
  assert.equal(message, `${camera.path} gives YUYV, not MJPG as requested`);
});

test("when an HDMI source changes its size, the same viewers get the new one", { skip }, async (t) => {
  const sizes = ["640x480", "1280x720"];
  const camera = ownCamera(t, { ...SMALL, sizes, settings: { SOURCE_AFTER: "20:1280x720" } });
  const server = await startServer(t, [`webcam:${camera.path}`]);
  const viewer = watchStream(t, `${server.url}/video_feed`);
  await until("a picture came", () => viewer.pictures.length > 0);
  const before = await statusOf(server);
  assert.deepEqual([before.width, before.height], [640, 480]);
  const after = await until("the new size is there", async () => {
    const now = await statusOf(server);
    return now.width === 1280 ? now : undefined;
  });
  assert.deepEqual([after.height, after.online, viewer.ended], [720, true, false]);
  assert.ok(after.lastError?.message.startsWith(`The frame size of ${camera.path} changed`), after.lastError?.message);
  assert.equal(strangers(camera, viewer.pictures.slice(-1)), 0);
});

test("so they do when ffmpeg encodes them", { skip: skip || needs("ffmpeg") }, async (t) => {
  const sizes = ["160x120", "320x240"];
  const camera = ownCamera(t, { ...SMALL, sizes, settings: { SOURCE_AFTER: "20:320x240" } });
  const server = await startServer(t, [`webcam:${camera.path}#format=yuyv`]);
  const viewer = watchStream(t, `${server.url}/video_feed`);
  await until("a picture came", async () => (await statusOf(server)).width === 160);
  const after = await until("the new size is there", async () => {
    const now = await statusOf(server);
    return now.width === 320 ? now : undefined;
  });
  assert.deepEqual([after.restarts, after.online, viewer.ended], [1, true, false]);
  assert.ok(after.lastError?.message.startsWith(`The frame size of ${camera.path} changed`), after.lastError?.message);
});

test("an HDMI input without a source says so, by its name", { skip }, async (t) => {
  const camera = ownCamera(t, { ...SMALL, settings: { NO_SIGNAL: 1 } });
  const server = await startServer(t, [`webcam:${camera.path}`]);
  watchStream(t, `${server.url}/video_feed`);
  const { message } = await until("it failed", async () => (await statusOf(server)).lastError);
  const reason = "VIDIOC_QUERY_DV_TIMINGS: ENOLINK";
  assert.equal(message, `There is no signal at the input HDMI 1 of ${camera.path} (${reason})`);
});

test("a camera that fails to take a rate is shown at the one it has", { skip }, async (t) => {
  const camera = ownCamera(t, { ...SMALL, settings: { NO_RATE: 1, FPS: 25 } });
  const server = await startServer(t, [`webcam:${camera.path}#fps=10`]);
  const viewer = watchStream(t, `${server.url}/video_feed`);
  await until("a picture came", () => viewer.pictures.length > 0);
  const { note } = await statusOf(server);
  assert.equal(note, `Fake Camera at ${camera.path}: 1280x720 MJPG at 25 fps, the nearest it offers to 10 fps`);
});

test("two cameras are captured at once, each with frames of its own", { skip }, async (t) => {
  const one = ownCamera(t, { ...SMALL, sizes: ["640x480"] });
  const two = ownCamera(t, { ...SMALL, sizes: ["320x240"], second: true });
  const server = await startServer(t, [`a=webcam:${one.path}`, `b=webcam:${two.path}`]);
  const [a, b] = ["a", "b"].map((name) => watchStream(t, `${server.url}/cameras/${name}/video_feed`)) as [
    ReturnType<typeof watchStream>,
    ReturnType<typeof watchStream>,
  ];
  await until("both gave 40", () => a.pictures.length > 40 && b.pictures.length > 40);
  assert.deepEqual([strangers(one, a.pictures, "640x480"), strangers(two, b.pictures, "320x240")], [0, 0]);
  const sizes = [(await statusOf(server, "a")).width, (await statusOf(server, "b")).width];
  assert.deepEqual(sizes, [640, 320]);
  two.unplug();
  await until("one is missed", async () => (await statusOf(server, "b")).state === "retrying");
  const { length } = a.pictures;
  await until("the other goes on", () => a.pictures.length > length + 20);
  assert.equal((await statusOf(server, "a")).restarts, 0);
});
