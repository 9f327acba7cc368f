import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeCamera, NEEDS_FAKECAM } from "../support/cameras/fakecam.ts";
import { until } from "../support/deferred.ts";
import { runProgramToEnd, startProgram } from "../support/programs/program.ts";
import { watchStream } from "../support/viewers/watch-stream.ts";

/** What `doctor` prints, and its status. */
async function doctor(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { status, stdout, stderr } = await runProgramToEnd(["doctor", "--port", "0", ...args], { env });
  return { status, text: stdout, stderr };
}

test("doctor says that all is well, and ends with status 0", async () => {
  const { status, text, stderr } = await doctor(["door=fake#fps=10#title=Front%20door", "esp=push"]);
  assert.deepEqual([status, stderr], [0, ""]);
  assert.match(text, /^Front door\n {2}ok {7}Pictures come, 1280×720, at [\d.]+ pictures a second\.$/m);
  assert.match(text, /^esp\n {2}note {5}No publisher has sent a frame yet\.$/m);
  for (const about of ["Camera devices", "Programs and libraries", "Clock", "Network", "Limits", "State folder"]) {
    assert.match(text, new RegExp(`^${about}$`, "m"));
  }
});

test("doctor says what is wrong with each camera, how to mend it, and ends with status 1", async () => {
  const { status, text, stderr } = await doctor(["door=http://127.0.0.1:9/stream", "clip=picture:/no/where.jpg"]);
  assert.deepEqual([status, stderr], [1, ""]);
  assert.match(text, /^There are 2 problems/);
  assert.match(
    text,
    /^door\n {2}PROBLEM {2}It gives no picture: .*ECONNREFUSED.*\n {11}Look whether its address is right/m,
  );
  assert.match(text, /^clip\n {2}PROBLEM {2}It can never work: there is no file or folder at "\/no\/where\.jpg"/m);
});

test("doctor refuses wrong options as the server does", async () => {
  const { status, stderr } = await doctor(["--port", "http", "fake"]);
  assert.equal(status, 2);
  assert.match(stderr, /^stillstream: --port must be a whole number/);
});

test("doctor measures a webcam, and compares it with what was asked for", { skip: NEEDS_FAKECAM }, async (t) => {
  const { env } = fakeCamera(t, { sizes: ["640x480"], count: 4, settings: { FPS: 10 } });
  const { status, text } = await doctor(["desk=webcam#width=1280#height=720#fps=30"], env);
  assert.equal(status, 0);
  assert.match(
    text,
    /^desk\n {2}ok {7}Pictures come, 640×480, at \S+ pictures a second \(.*\/dev\/video0: 640x480 MJPG/m,
  );
  assert.match(text, /^ {2}note {5}It gives \S+ pictures a second where 30 were asked for\.$/m);
  assert.match(text, /^ {2}note {5}Its pictures are 640×480 where 1280×720 was asked for\.$/m);
});

test("doctor says that another program has the webcam", { skip: NEEDS_FAKECAM }, async (t) => {
  const { env } = fakeCamera(t, { count: 4 });
  const { url } = await startProgram(t, ["webcam"], { env });
  const watcher = watchStream(t, `${url}/video_feed`);
  await until("the camera streams", () => watcher.pictures.length > 0);
  const { status, text } = await doctor(["webcam"], env);
  assert.equal(status, 1);
  assert.match(
    text,
    /PROBLEM {2}It gives no picture: The camera at \/dev\/video0 is in use by .*\n {11}Close the program/,
  );
});

test("doctor says that there is no webcam", { skip: NEEDS_FAKECAM }, async (t) => {
  const camera = fakeCamera(t, { count: 2 });
  camera.unplug();
  const { status, text } = await doctor(["webcam:/dev/video0"], camera.env);
  assert.equal(status, 1);
  assert.match(text, /PROBLEM {2}It gives no picture: There is no camera at \/dev\/video0\.\n {11}Plug it in/);
});
