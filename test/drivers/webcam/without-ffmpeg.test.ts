import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import sharp from "sharp";
import type { CameraReport } from "../../../src/http/routes/cameras.ts";
import { beside, type FakeCamera, fakeCamera, NEEDS_FAKECAM } from "../../support/cameras/fakecam.ts";
import { until } from "../../support/deferred.ts";
import { children } from "../../support/programs/proc.ts";
import { processFacts } from "../../support/programs/processes.ts";
import { type Program, startProgram } from "../../support/programs/program.ts";
import { snapshotStub } from "../../support/programs/snapshot-stub.ts";
import { testFolder } from "../../support/temporary-folder.ts";
import { needs, pathOf } from "../../support/tools.ts";
import { watchStream } from "../../support/viewers/watch-stream.ts";

const skip = NEEDS_FAKECAM || needs("fswebcam");
const skipStub = NEEDS_FAKECAM || needs("python3");
const folder = testFolder();

/** A PATH with links to some programs, and nothing else. */
function pathWith(...programs: string[]): string {
  const path = mkdtempSync(join(folder, "path-"));
  for (const program of programs) symlinkSync(pathOf(program), join(path, program));
  return path;
}

/**
 * A camera whose pictures can be decoded, on a machine whose programs are those in
 * the folder `path`.
 */
function cameraWithPath(
  t: Parameters<typeof fakeCamera>[0],
  path: string,
  env: Record<string, string> = {},
): FakeCamera {
  const pictures = join(process.cwd(), "public", "fake");
  return fakeCamera(t, { count: 1, env: { FAKECAM_DIR: pictures, PATH: path, ...env } });
}

async function status({ url }: Program): Promise<CameraReport & { note: string | null }> {
  return (await (await fetch(`${url}/api/cameras/webcam`)).json()) as CameraReport & { note: string | null };
}

const foldersIn = (path: string) => readdirSync(path).filter((name) => name.startsWith("stillstream-"));

test("a camera with raw frames only is shown by real fswebcam, and nothing runs without viewers", {
  skip,
}, async (t) => {
  const temporary = join(folder, "tmp");
  mkdirSync(temporary);
  const camera = cameraWithPath(t, pathWith("fswebcam"), { FAKECAM_RAW: "1", TMPDIR: temporary });
  const program = await startProgram(t, ["webcam#width=1000#controls=brightness=99", "--linger", "100ms"], camera);
  const viewer = watchStream(t, `${program.url}/video_feed`);
  await until("five pictures come", () => viewer.pictures.length >= 5);
  for (const picture of viewer.pictures) await sharp(picture, { failOn: "warning" }).stats();
  assert.equal(foldersIn(temporary).length, 1);
  const { note, width, height, dropped, restarts } = await status(program);
  assert.deepEqual({ width, height, dropped, restarts }, { width: 1280, height: 720, dropped: 0, restarts: 0 });
  assert.equal(
    note,
    "/dev/video0 through node-webcam snapshots: ffmpeg is not installed, and the camera gives no JPEGs; fswebcam takes one image at a time; frames are 1280x720, the nearest it gives to 1000x562",
  );
  const { controls } = (await (await fetch(`${program.url}/api/cameras/webcam/controls`)).json()) as {
    controls: { name: string; value: number }[];
  };
  assert.equal(controls.find(({ name }) => name === "brightness")?.value, 99);
  viewer.leave();
  await until("it is idle", async () => (await status(program)).state === "idle");
  assert.deepEqual([children(program.process.pid as number), foldersIn(temporary)], [0, []]);
});

test("after replugging, fswebcam's images come back to the same viewers", { skip }, async (t) => {
  const camera = cameraWithPath(t, pathWith("fswebcam"), { FAKECAM_RAW: "1" });
  const program = await startProgram(t, ["webcam:/dev/video0"], camera);
  const viewer = watchStream(t, `${program.url}/video_feed`);
  await until("pictures come", () => viewer.pictures.length > 0);
  camera.unplug();
  const gone = await until("it is missed", async () => (await status(program)).lastError);
  assert.match(gone.message, /^There is no camera at \/dev\/video0$|^fswebcam took no image/);
  camera.plug();
  const { frames } = await status(program);
  await until("pictures come again", async () => (await status(program)).frames > frames);
  assert.equal(viewer.ended, false);
});

test("without V4L2, fswebcam takes a camera's JPEGs, and the reason is reported", {
  skip,
}, async (t) => {
  const camera = cameraWithPath(t, pathWith("fswebcam"));
  const [way, size, other] = await beside(
    camera,
    `Object.defineProperty(process, "arch", { value: "arm" });
     const { webcam } = await src("drivers/webcam/webcam.ts");
     const { repair } = await src("jpeg/repair.ts");
     const stop = new AbortController();
     const options = webcam.options.parse({ address: "0", controls: "brightness=99" });
     await webcam.check(options);
     const pictures = webcam.open(options, { signal: stop.signal, dropped() {}, note: print });
     const { width, height } = repair((await pictures.next()).value);
     print({ width, height });
     stop.abort();
     await pictures.return();
     const other = webcam.open(webcam.options.parse({ address: "/dev/null" }), { signal: new AbortController().signal });
     await other.next().catch(({ message }) => print(message));`,
  );
  assert.equal(other, "/dev/null is no video device");
  assert.equal(
    way,
    "/dev/video0 through node-webcam snapshots: ffmpeg is not installed, and V4L2 is not supported directly on arm; fswebcam takes one image at a time and does not support controls",
  );
  assert.deepEqual(size, { width: 1280, height: 720 });
});

test("with neither ffmpeg nor fswebcam, what to install is one plain sentence", { skip: NEEDS_FAKECAM }, async (t) => {
  const camera = cameraWithPath(t, pathWith(), { FAKECAM_RAW: "1" });
  const program = await startProgram(t, ["webcam"], camera);
  watchStream(t, `${program.url}/video_feed`);
  const neither = "neither ffmpeg nor fswebcam is installed: on Debian, Ubuntu and Raspberry Pi OS run";
  const failed = await until("it is missed", async () => (await status(program)).lastError);
  assert.equal(failed.message, `the camera gives no JPEGs, and ${neither} \`sudo apt install ffmpeg\``);
  // A camera that gives JPEGs needs neither, unless another format is requested.
  const other = await startProgram(t, ["webcam#format=yuyv"], cameraWithPath(t, pathWith()));
  watchStream(t, `${other.url}/video_feed`);
  const refused = await until("it is refused", async () => (await status(other)).lastError);
  assert.equal(refused.message, `format=yuyv requests raw frames, and ${neither} \`sudo apt install ffmpeg\``);
});

for (const signal of ["SIGKILL", "SIGTERM"] as const) {
  test(`a server ended by ${signal} leaves neither program nor folder, hanging as it may`, {
    skip: skipStub,
  }, async (t) => {
    const stub = snapshotStub(folder, { name: "fswebcam", faults: { 1: "hang" } });
    const camera = cameraWithPath(t, stub.folder, { FAKECAM_RAW: "1", TMPDIR: folder });
    const folders = foldersIn(folder);
    const program = await startProgram(t, ["webcam:/dev/video0"], camera);
    watchStream(t, `${program.url}/video_feed`);
    await until("its program hangs", () => stub.hanging().length === 2);
    program.process.kill(signal);
    const isGone = (pid: number) => [undefined, "Z"].includes(processFacts(pid)?.state);
    await until("it and its helper are gone", () => stub.hanging().every(isGone), 3000);
    await until("its folder is gone", () => foldersIn(folder).length === folders.length);
  });
}
