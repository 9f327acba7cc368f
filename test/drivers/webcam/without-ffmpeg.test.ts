import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { promisify } from "node:util";
import sharp from "sharp";
import type { CameraReport } from "../../../src/http/routes/cameras.ts";
import { type FakeCamera, fakeCamera, NEEDS_FAKECAM, ownCamera } from "../../support/cameras/fakecam.ts";
import { until } from "../../support/deferred.ts";
import { children, processFacts } from "../../support/programs/processes.ts";
import { startProgram } from "../../support/programs/program.ts";
import { type Server, startServer } from "../../support/programs/server.ts";
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

/** Pictures that can be decoded. */
const PICTURES = join(process.cwd(), "public", "fake");

/** A camera in this process, whose programs are those in the folder `path`. */
function cameraWithPath(t: TestContext, path: string, env: Record<string, string> = {}): FakeCamera {
  return ownCamera(t, { count: 1, env: { FAKECAM_DIR: PICTURES, PATH: path, ...env } });
}

async function status({ url }: Server): Promise<CameraReport & { note: string | null }> {
  return (await (await fetch(`${url}/api/cameras/webcam`)).json()) as CameraReport & { note: string | null };
}

const foldersIn = (path: string) => readdirSync(path).filter((name) => name.startsWith("stillstream-"));

test("a camera with raw frames only is shown by real fswebcam, and nothing runs without viewers", {
  skip,
}, async (t) => {
  const temporary = join(folder, "tmp");
  mkdirSync(temporary);
  const camera = cameraWithPath(t, pathWith("fswebcam"), { FAKECAM_RAW: "1", TMPDIR: temporary });
  const { path } = camera;
  const server = await startServer(t, [`webcam:${path}#width=1000#controls=brightness=99`, "--linger", "0s"]);
  const viewer = watchStream(t, `${server.url}/video_feed`);
  await until("three pictures come", () => viewer.pictures.length >= 3);
  for (const picture of viewer.pictures) await sharp(picture, { failOn: "warning" }).stats();
  assert.equal(foldersIn(temporary).length, 1);
  const { note, width, height, dropped, restarts } = await status(server);
  assert.deepEqual({ width, height, dropped, restarts }, { width: 1280, height: 720, dropped: 0, restarts: 0 });
  assert.equal(
    note,
    `${path} through node-webcam snapshots: ffmpeg is not installed, and the camera gives no JPEGs; fswebcam takes one image at a time; frames are 1280x720, the nearest it gives to 1000x562`,
  );
  const { controls } = (await (await fetch(`${server.url}/api/cameras/webcam/controls`)).json()) as {
    controls: { name: string; value: number }[];
  };
  assert.equal(controls.find(({ name }) => name === "brightness")?.value, 99);
  viewer.leave();
  await until("it is idle", async () => (await status(server)).state === "idle");
  assert.deepEqual([children(), foldersIn(temporary)], [[], []]);
});

test("after replugging, fswebcam's images come back to the same viewers", { skip }, async (t) => {
  const camera = cameraWithPath(t, pathWith("fswebcam"), { FAKECAM_RAW: "1" });
  const server = await startServer(t, [`webcam:${camera.path}`]);
  const viewer = watchStream(t, `${server.url}/video_feed`);
  await until("pictures come", () => viewer.pictures.length > 0);
  camera.unplug();
  const gone = await until("it is missed", async () => (await status(server)).lastError);
  assert.match(gone.message, /^There is no camera at \/dev\/video\d+$|^fswebcam took no image/);
  camera.plug();
  const { frames } = await status(server);
  await until("pictures come again", async () => (await status(server)).frames > frames);
  assert.equal(viewer.ended, false);
});

/**
 * Runs a module beside the camera and returns the arguments of its calls of `print`. `src` imports
 * one of our files, as in `await src("drivers/webcam/webcam.ts")`.
 */
async function beside(camera: FakeCamera, code: string): Promise<unknown[]> {
  const source = new URL("../../../src/", import.meta.url).href;
  const script = [
    `const src = (file) => import(${JSON.stringify(source)} + file.replace(/ts$/, "js"));`,
    'const print = (value) => process.stdout.write(JSON.stringify(value) + "\\n");',
    code,
  ].join("\n");
  const args = ["--input-type=module", "-e", script];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env: { ...process.env, ...camera.env } });
  return stdout.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as unknown]));
}

// How this machine can be asked is looked up once a process, so this is another.
test("without V4L2, fswebcam takes a camera's JPEGs, and the reason is reported", {
  skip,
}, async (t) => {
  const camera = fakeCamera(t, { count: 1, env: { FAKECAM_DIR: PICTURES, PATH: pathWith("fswebcam") } });
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
  const server = await startServer(t, [`webcam:${camera.path}`]);
  watchStream(t, `${server.url}/video_feed`);
  const neither = "neither ffmpeg nor fswebcam is installed: on Debian, Ubuntu and Raspberry Pi OS run";
  const failed = await until("it is missed", async () => (await status(server)).lastError);
  assert.equal(failed.message, `the camera gives no JPEGs, and ${neither} \`sudo apt install ffmpeg\``);
  // A camera that gives JPEGs needs neither, unless another format is requested.
  const giving = cameraWithPath(t, pathWith());
  const other = await startServer(t, [`webcam:${giving.path}#format=yuyv`]);
  watchStream(t, `${other.url}/video_feed`);
  const refused = await until("it is refused", async () => (await status(other)).lastError);
  assert.equal(refused.message, `format=yuyv requests raw frames, and ${neither} \`sudo apt install ffmpeg\``);
});

for (const signal of ["SIGKILL", "SIGTERM"] as const) {
  test(`a server ended by ${signal} leaves neither program nor folder, hanging as it may`, {
    skip: skipStub,
  }, async (t) => {
    const stub = snapshotStub(folder, { name: "fswebcam", faults: { 1: "hang" } });
    const env = { FAKECAM_DIR: PICTURES, FAKECAM_RAW: "1", PATH: stub.folder, TMPDIR: folder };
    const camera = fakeCamera(t, { count: 1, env });
    const folders = foldersIn(folder);
    const program = await startProgram(t, ["webcam:/dev/video0"], camera);
    watchStream(t, `${program.url}/video_feed`);
    await until("its program hangs", () => stub.hanging().length === 2);
    program.process.kill(signal);
    const isGone = (pid: number) => [undefined, "Z"].includes(processFacts(pid)?.state);
    await until("it and its helper are gone", () => stub.hanging().every(isGone));
    await until("its folder is gone", () => foldersIn(folder).length === folders.length);
  });
}
