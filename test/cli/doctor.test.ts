import assert from "node:assert/strict";
import { test } from "node:test";
import { doctor } from "../../src/cli/doctor.ts";
import { fakeCamera, NEEDS_FAKECAM } from "../support/cameras/fakecam.ts";
import { until } from "../support/deferred.ts";
import { runProgramToEnd, startProgram } from "../support/programs/program.ts";
import { refused } from "../support/programs/server.ts";
import { watchStream } from "../support/viewers/watch-stream.ts";

/** Runs `doctor` in this process; returns what it prints, and the status it sets. */
async function examined(...args: string[]) {
  const before = process.exitCode;
  try {
    const text = await doctor(["--port", "0", ...args]);
    return { status: process.exitCode, text };
  } finally {
    process.exitCode = before;
  }
}

/** Runs `doctor` of the built program. */
async function runDoctor(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { status, stdout, stderr } = await runProgramToEnd(["doctor", "--port", "0", ...args], { env });
  return { status, text: stdout, stderr };
}

test("doctor finds no problem, and ends with status 0", async () => {
  const { status, text } = await examined("door=fake#fps=10#title=Front%20door", "esp=push");
  assert.equal(status, 0);
  assert.match(text, /^Front door\n {2}ok {7}Frames come, 1280×720, at [\d.]+ fps\.$/m);
  assert.match(text, /^esp\n {2}note {5}No publisher has sent a frame yet\.$/m);
  for (const about of ["Camera devices", "Programs and libraries", "Clock", "Network", "Limits", "State folder"]) {
    assert.match(text, new RegExp(`^${about}$`, "m"));
  }
});

test("doctor says what is wrong with each camera, how to fix it, and ends with status 1", async () => {
  const { status, text } = await examined("door=http://127.0.0.1:9/stream", "clip=picture:/no/where.jpg");
  assert.equal(status, 1);
  assert.match(text, /^Found 2 problems/);
  assert.match(text, /^door\n {2}PROBLEM {2}The camera sends no frames: .*ECONNREFUSED.*\n {11}Check its address/m);
  assert.match(text, /^clip\n {2}PROBLEM {2}The camera cannot work: there is no file or folder at "\/no\/where\.jpg"/m);
});

test("doctor refuses wrong options as the server does", async () => {
  const { status, stderr } = await refused(() => doctor(["--port", "http", "fake"]));
  assert.equal(status, 2);
  assert.match(stderr, /^stillstream: --port: "http" is invalid\. It must be a whole number/);
});

test("doctor measures a webcam, compares it with what was asked for, and says that another is not there", {
  skip: NEEDS_FAKECAM,
}, async (t) => {
  const { env } = fakeCamera(t, { sizes: ["640x480"], count: 4, settings: { FPS: 10 } });
  const cameras = ["desk=webcam#width=1280#height=720#fps=30", "lost=webcam:/dev/video7"];
  const { status, text, stderr } = await runDoctor(cameras, env);
  assert.deepEqual([status, stderr], [1, ""]);
  assert.match(text, /^desk\n {2}ok {7}Frames come, 640×480, at \S+ fps \(.*\/dev\/video0: 640x480 MJPG/m);
  assert.match(text, /^ {2}note {5}The camera sends \S+ fps, but its options request 30 fps\.$/m);
  assert.match(text, /^ {2}note {5}The frames are 640×480, but the options request 1280×720\.$/m);
  assert.match(
    text,
    /^lost\n {2}PROBLEM {2}The camera sends no frames: There is no camera at \/dev\/video7\.\n {11}Plug it in/m,
  );
});

test("doctor says that another program has the webcam", { skip: NEEDS_FAKECAM }, async (t) => {
  const { env } = fakeCamera(t, { count: 4 });
  const { url } = await startProgram(t, ["webcam"], { env });
  const watcher = watchStream(t, `${url}/video_feed`);
  await until("the camera streams", () => watcher.pictures.length > 0);
  const { status, text } = await runDoctor(["webcam"], env);
  assert.equal(status, 1);
  assert.match(
    text,
    /PROBLEM {2}The camera sends no frames: The camera at \/dev\/video0 is in use by .*\n {11}Close the program/,
  );
});
