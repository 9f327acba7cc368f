import assert from "node:assert/strict";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { CameraReport } from "../../../src/http/routes/cameras.ts";
import { beside, fakeCamera, NEEDS_FAKECAM } from "../../support/cameras/fakecam.ts";
import { until } from "../../support/deferred.ts";
import { libjpegJpeg } from "../../support/images/encoded-jpegs.ts";
import { tablesOf, withoutTables } from "../../support/images/jpegs.ts";
import { holdings } from "../../support/programs/proc.ts";
import { type Program, runProgramToEnd, startProgram } from "../../support/programs/program.ts";
import { needs } from "../../support/tools.ts";
import { watchStream } from "../../support/viewers/watch-stream.ts";

const skip = NEEDS_FAKECAM;

async function status({ url }: Program, name = "webcam"): Promise<CameraReport & { note: string | null }> {
  return (await (await fetch(`${url}/api/cameras/${name}`)).json()) as CameraReport & { note: string | null };
}

function isNoMore(now: ReturnType<typeof holdings>, before: ReturnType<typeof holdings>): boolean {
  return (Object.keys(now) as (keyof typeof now)[]).every((key) => now[key] <= before[key]);
}

test("a webcam's frames come out unchanged, in order, none lost", { skip }, async (t) => {
  const camera = fakeCamera(t);
  const program = await startProgram(t, ["webcam:/dev/video0"], { env: camera.env });
  const viewer = watchStream(t, `${program.url}/video_feed`);
  const numbersOf = (pictures: readonly Buffer[]) => {
    return pictures.map((picture) => camera.pictures.findIndex((one) => one.equals(picture)));
  };
  const isWhole = (numbers: readonly number[]) => {
    return numbers.every((number, index) => number === ((numbers[0] as number) + index) % camera.pictures.length);
  };
  // The emulator drops pictures itself when the machine is too busy to run it in
  // time: five seconds of calm will do.
  const calm = async () => viewer.pictures.length >= 150 && isWhole(numbersOf(viewer.pictures.slice(-150)));
  await until("150 pictures came without a gap", calm, 60_000);
  assert.ok(!numbersOf(viewer.pictures).includes(-1), "every picture is one of the camera's, byte for byte");
  const { dropped, restarts, width, height } = await status(program);
  assert.deepEqual({ dropped, restarts, width, height }, { dropped: 0, restarts: 0, width: 1280, height: 720 });
  // It is captured by this process, and by nobody else.
  assert.equal(holdings(program.process.pid as number).children, 0);
});

test("frames of a webcam that leaves out Huffman tables, as many do, are repaired", { skip }, async (t) => {
  const size = { width: 640, height: 480 };
  const originals = await Promise.all([0, 60, 120, 180].map((hue) => libjpegJpeg({ ...size, hue })));
  const camera = fakeCamera(t, { sizes: ["640x480"], pictures: originals.map((jpeg) => withoutTables(jpeg)) });
  const program = await startProgram(t, ["webcam:/dev/video0#width=640#height=480"], { env: camera.env });
  const viewer = watchStream(t, `${program.url}/video_feed`);
  await until("30 pictures came", () => viewer.pictures.length >= 30);
  for (const picture of viewer.pictures) {
    const number = camera.pictures.findIndex((one) => one.equals(withoutTables(picture)));
    assert.ok(number >= 0, "except for the tables it is one of the camera's, byte for byte");
    const tables = [picture, originals[number] as Buffer].map((jpeg) => Buffer.concat(tablesOf(jpeg)));
    assert.deepEqual(tables[0], tables[1]);
  }
  const { frames, repaired, dropped, width, height } = await status(program);
  assert.deepEqual({ repaired, dropped, width, height }, { repaired: frames, dropped: 0, ...size });
});

test("the nearest size and rate are chosen and reported", { skip }, async (t) => {
  const camera = fakeCamera(t, { sizes: ["1280x720", "640x480"], count: 4 });
  const program = await startProgram(t, ["webcam:0#width=700#height=500#fps=22"], { env: camera.env });
  const viewer = watchStream(t, `${program.url}/video_feed`);
  await until("a picture", () => viewer.pictures.length > 0);
  const { note, width, height } = await status(program);
  const text = "Fake Camera at /dev/video0: 640x480 MJPG at 20 fps, the nearest it offers to 700x500 at 22 fps";
  assert.deepEqual({ note, width, height }, { note: text, width: 640, height: 480 });
  assert.ok(program.errors().includes(`"msg":"${text}"`));
});

test("eight times unplugged and plugged in: viewers stay, and nothing is left behind", { skip }, async (t) => {
  const camera = fakeCamera(t);
  const program = await startProgram(t, ["webcam:/dev/video0", "--linger", "100ms"], { env: camera.env });
  const pid = program.process.pid as number;
  const cycle = async () => {
    const { frames } = await status(program);
    camera.unplug();
    const gone = await until("it is retrying", async () => {
      const now = await status(program);
      return now.state === "retrying" ? now : undefined;
    });
    assert.match(gone.lastError?.message ?? "", /^(The camera at \/dev\/video0 was unplugged|There is no camera at)/);
    camera.plug();
    // It is to live for longer than the pause before its next opening, or pauses double.
    await until("it is back", async () => (await status(program)).frames > frames + 40);
  };
  const viewers = [1, 2].map(() => watchStream(t, `${program.url}/video_feed`, { keep: false }));
  await until("it is live", async () => (await status(program)).frames > 5);
  // Code that is loaded once does not count, such as that of the first placeholder.
  camera.unplug();
  await until("a placeholder is seen", async () => (await status(program)).viewers.every(({ card }) => card));
  camera.plug();
  const { frames } = await status(program);
  // For longer than the pauses have grown to meanwhile, for them to be short again.
  await until("it has been back for a while", async () => (await status(program)).frames > frames + 120, 20_000);
  await cycle();
  const before = holdings(pid);
  for (let count = 0; count < 8; count++) await cycle();
  const [seen, restarts] = [viewers.map(({ pictures }) => pictures.length), (await status(program)).restarts];
  assert.deepEqual(
    viewers.map(({ ended }) => ended),
    [false, false],
  );
  assert.ok(Math.min(...seen) > 8 * 20, `${seen} pictures seen`);
  assert.ok(restarts >= 9);
  await until("all is released", () => isNoMore(holdings(pid), before));
});

test("the camera is closed without viewers", { skip }, async (t) => {
  const camera = fakeCamera(t, { count: 2 });
  const program = await startProgram(t, ["webcam:/dev/video0", "--linger", "100ms"], { env: camera.env });
  const pid = program.process.pid as number;
  const look = async () => {
    assert.equal((await fetch(`${program.url}/snapshot.jpg`, { headers: { connection: "close" } })).status, 200);
    await until("it is idle", async () => (await status(program)).state === "idle");
  };
  await look();
  const before = holdings(pid);
  for (let count = 0; count < 5; count++) await look();
  await until("all is released", () => isNoMore(holdings(pid), before));
});

test("two cameras on one device share its capture", { skip }, async (t) => {
  const camera = fakeCamera(t, { path: "/dev/video0" });
  const program = await startProgram(t, ["a=webcam:/dev/video0", "b=webcam:0"], { env: camera.env });
  const [a, b] = ["a", "b"].map((name) => watchStream(t, `${program.url}/cameras/${name}/video_feed`)) as [
    ReturnType<typeof watchStream>,
    ReturnType<typeof watchStream>,
  ];
  await until("both see 40 pictures", () => a.pictures.length > 40 && b.pictures.length > 40);
  assert.deepEqual([(await status(program, "a")).restarts, (await status(program, "b")).restarts], [0, 0]);
  const notes = [(await status(program, "a")).note, (await status(program, "b")).note];
  assert.ok(notes.every((note) => note?.includes("1280x720 MJPG at 30 fps")));
});

test("a camera that another program has is called busy, and comes when it is free", { skip }, async (t) => {
  const camera = fakeCamera(t, { count: 4 });
  const other = await startProgram(t, ["webcam", "--linger", "100ms"], { env: camera.env });
  const viewer = watchStream(t, `${other.url}/video_feed`);
  await until("the other has it", () => viewer.pictures.length > 0);

  const program = await startProgram(t, ["webcam"], { env: camera.env });
  const waiting = watchStream(t, `${program.url}/video_feed`);
  const busy = await until("it is busy", async () => (await status(program)).lastError);
  // The emulator's descriptors do not show whose they are.
  assert.equal(busy.message, "The camera at /dev/video0 is in use by another program. Close that first.");
  other.process.kill("SIGTERM");
  await until("pictures come", () => waiting.pictures.length > 0);
});

test("a name that leads nowhere is reported, and frames come once it leads to a camera", { skip }, async (t) => {
  // In memory, and still in /dev, where addresses must be.
  const folder = mkdtempSync("/dev/shm/stillstream-test-");
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const camera = fakeCamera(t, { path: join(folder, "video3"), count: 4 });
  const name = join(folder, "usb-Fake_Camera-video-index0");
  const program = await startProgram(t, [`webcam:${name}`], { env: camera.env });
  const viewer = watchStream(t, `${program.url}/video_feed`);
  const failed = await until("it is missed", async () => (await status(program)).lastError);
  assert.equal(failed.message, `There is no camera at ${name}`);
  // The emulator answers for the path, and this is what the name's link leads to.
  writeFileSync(camera.path, "");
  symlinkSync("video3", name);
  await until("pictures come", () => viewer.pictures.length > 0);
  assert.match((await status(program)).note ?? "", /video3: 1280x720 MJPG/);
});

test("hostile and wrong options are refused at start with the rule they break", { skip: false }, async () => {
  const cameras = [
    "webcam:/dev/video0;reboot",
    "webcam:$(x)",
    "webcam#width=1e9",
    "webcam#fps=0",
    "webcam#controls=a;b=1",
  ];
  const { status, stderr, stdout } = await runProgramToEnd(cameras);
  assert.equal(status, 2);
  assert.equal(stdout, "");
  const place = "must be a device such as /dev/video0, its number, or a name in /dev/v4l/by-id";
  const rules = [
    `camera webcam:/dev/video0;reboot, address: "/dev/video0;reboot" is invalid. It ${place}.`,
    `camera webcam:$(x), address: "$(x)" is invalid. It ${place}.`,
    'camera webcam#width=1e9, width: "1e9" is invalid. It must be a whole number from 16 to 8192.',
    'camera webcam#fps=0, fps: "0" is invalid. It must be a number above 0 and up to 240.',
    'camera webcam#controls=a;b=1, controls: "a;b=1" is invalid. It must be names as v4l2-ctl spells them',
  ];
  for (const rule of rules)
    if (process.platform === "linux" || !rule.includes(place)) assert.ok(stderr.includes(rule), rule);
});

test("controls that the camera has not are refused at start; those it has are set", { skip }, async (t) => {
  const camera = fakeCamera(t, { count: 2 });
  const { status, stderr } = await runProgramToEnd(["webcam:0#controls=brightness=1000"], { env: camera.env });
  assert.equal(status, 2);
  assert.match(stderr, /camera webcam: brightness must be a whole number from 0 to 255, got 1000/);
});

test("what is no video device is not opened", {
  skip: process.platform !== "linux" && "Linux's devices",
}, async (t) => {
  const program = await startProgram(t, ["webcam:/dev/null"]);
  const viewer = watchStream(t, `${program.url}/video_feed`);
  const failed = await until("it failed", async () => (await status(program)).lastError);
  assert.match(failed.message, /\/dev\/null is no video device/);
  assert.equal(viewer.ended, false);
});

test("raw frames are encoded by ffmpeg, which ends with the last viewer", {
  skip: skip || needs("ffmpeg"),
}, async (t) => {
  const camera = fakeCamera(t, { sizes: ["320x240"], count: 4 });
  const program = await startProgram(t, ["webcam#format=yuyv", "--linger", "100ms"], { env: camera.env });
  await rawPictures(t, program);
});

async function rawPictures(t: TestContext, program: Program): Promise<void> {
  const response = await fetch(`${program.url}/snapshot.jpg`);
  assert.equal(response.status, 200);
  const { note, width } = await status(program);
  assert.match(note ?? "", /through ffmpeg: 320x240 YUYV at 30 fps/);
  assert.equal(width, 320);
  await until("ffmpeg is gone", () => holdings(program.process.pid as number).children === 0);
  t.diagnostic(note ?? "");
}

test("where V4L2 is not spoken directly, ffmpeg copies a camera's JPEGs, or encodes what else it gives", {
  skip: skip || needs("ffmpeg"),
}, async (t) => {
  const camera = fakeCamera(t, { sizes: ["320x240"], count: 4 });
  const results = await beside(
    camera,
    `const { v4l2Unprobed } = await src("drivers/webcam/ffmpeg.ts");
     const { readHeader } = await src("jpeg/read-header.ts");
     const sizeOf = (jpeg) => { const { width, height } = readHeader(jpeg); return { width, height }; };
     for (const format of ["auto", "yuyv"]) {
       const stop = new AbortController();
       const context = { signal: stop.signal, dropped() {}, note: print };
       const wanted = { width: 320, height: 240, fps: 30, quality: 80 };
       const pictures = v4l2Unprobed("/dev/video0", wanted, format, "koffi is missing", context);
       const { value } = await pictures.next();
       print([sizeOf(value), Buffer.from(value).toString("base64")]);
       stop.abort();
       await pictures.return();
     }`,
  );
  const [copying, copied, encoding, encoded] = results as [string, [object, string], string, [object, string]];
  assert.equal(copying, "/dev/video0 through ffmpeg, copying its JPEGs: koffi is missing");
  assert.ok(camera.pictures.some((picture) => picture.toString("base64") === copied[1]));
  assert.equal(encoding, "/dev/video0 through ffmpeg, encoding its frames: koffi is missing");
  assert.deepEqual(encoded[0], { width: 320, height: 240 });
});

test("the first camera found is used when none is given, and listed by devices", { skip }, async (t) => {
  const camera = fakeCamera(t, { count: 2 });
  const program = await startProgram(t, [], { env: { ...camera.env, CAMERA: "" } });
  assert.match(program.output(), /serves webcam: the first camera found \(Fake Camera at \/dev\/video0\)/);
  const { stdout } = await runProgramToEnd(["devices"], { env: camera.env });
  const lines = [
    "/dev/video0  Fake Camera (usb-fakecam-0)",
    "  stillstream webcam:/dev/video0",
    "  MJPG  Motion-JPEG",
    "    1280x720      30, 25, 20, 15, 10, 5 fps",
    "  YUYV  YUYV 4:2:2",
    "    1280x720      30, 25, 20, 15, 10, 5 fps",
    "",
  ];
  assert.equal(stdout, lines.join("\n"));
});
