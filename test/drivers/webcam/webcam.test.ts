import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { devicesText, findCamera } from "../../../src/drivers/list-devices.ts";
import { setMode } from "../../../src/drivers/v4l2/capture.ts";
import { CaptureBuffers } from "../../../src/drivers/v4l2/capture-buffers.ts";
import { Device } from "../../../src/drivers/v4l2/device.ts";
import { v4l2Unprobed } from "../../../src/drivers/webcam/ffmpeg.ts";
import { webcam } from "../../../src/drivers/webcam/webcam.ts";
import type { CameraReport } from "../../../src/http/routes/cameras.ts";
import { NEEDS_FAKECAM, ownCamera } from "../../support/cameras/fakecam.ts";
import { watch } from "../../support/cameras/hand-source.ts";
import { openDriver } from "../../support/cameras/open-driver.ts";
import { until } from "../../support/deferred.ts";
import { libjpegJpeg } from "../../support/images/encoded-jpegs.ts";
import { tablesOf, withoutTables } from "../../support/images/jpegs.ts";
import { sizeOf } from "../../support/images/layouts.ts";
import { children } from "../../support/programs/processes.ts";
import { refusalOf, type Server, startServer } from "../../support/programs/server.ts";
import { testCamera } from "../../support/serve.ts";
import { needs } from "../../support/tools.ts";
import { watchStream } from "../../support/viewers/watch-stream.ts";

const skip = NEEDS_FAKECAM;

async function status({ url }: Server, name = "webcam"): Promise<CameraReport & { note: string | null }> {
  return (await (await fetch(`${url}/api/cameras/${name}`)).json()) as CameraReport & { note: string | null };
}

/** Returns what this process holds of emulated cameras: descriptors (timers) and memory. */
function holdings(): { descriptors: number; mappings: number } {
  const files = readdirSync("/proc/self/fd").map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return "";
    }
  });
  const mappings = readFileSync("/proc/self/maps", "utf8").split("\n");
  return {
    descriptors: files.filter((file) => file === "anon_inode:[timerfd]").length,
    mappings: mappings.filter((line) => line.includes("/memfd:fakecam")).length,
  };
}

const NOTHING = { descriptors: 0, mappings: 0 };

test("a webcam's frames come out unchanged, in order, none lost", { skip }, async (t) => {
  const camera = ownCamera(t, { settings: { FPS: 200, PATIENT: 1 } });
  const driver = openDriver(t, webcam, { address: camera.path, fps: "200" });
  for (let number = 0; number < 150; number++) {
    const picture = await driver.next();
    assert.ok(picture.equals(camera.pictures[number % camera.pictures.length] as Buffer), `frame ${number}`);
  }
  assert.deepEqual(driver.dropped, []);
  assert.deepEqual(children(), [], "this process captures them");
});

test("viewers of a webcam get its frames byte for byte", { skip }, async (t) => {
  const camera = ownCamera(t);
  const server = await startServer(t, [`webcam:${camera.path}`]);
  const viewer = watchStream(t, `${server.url}/video_feed`);
  await until("20 frames came", () => viewer.pictures.length >= 20);
  for (const picture of viewer.pictures) assert.ok(camera.pictures.some((one) => one.equals(picture)));
  const { dropped, restarts, width, height } = await status(server);
  assert.deepEqual({ dropped, restarts, width, height }, { dropped: 0, restarts: 0, width: 1280, height: 720 });
});

test("frames of a webcam that leaves out Huffman tables, as many do, are repaired", { skip }, async (t) => {
  const size = { width: 640, height: 480 };
  const originals = await Promise.all([0, 60, 120, 180].map((hue) => libjpegJpeg({ ...size, hue })));
  const camera = ownCamera(t, { sizes: ["640x480"], pictures: originals.map((jpeg) => withoutTables(jpeg)) });
  const server = await startServer(t, [`webcam:${camera.path}#width=640#height=480`]);
  const viewer = watchStream(t, `${server.url}/video_feed`);
  await until("30 pictures came", () => viewer.pictures.length >= 30);
  for (const picture of viewer.pictures) {
    const number = camera.pictures.findIndex((one) => one.equals(withoutTables(picture)));
    assert.ok(number >= 0, "except for the tables it is one of the camera's, byte for byte");
    const tables = [picture, originals[number] as Buffer].map((jpeg) => Buffer.concat(tablesOf(jpeg)));
    assert.deepEqual(tables[0], tables[1]);
  }
  const { frames, repaired, dropped, width, height } = await status(server);
  assert.deepEqual({ repaired, dropped, width, height }, { repaired: frames, dropped: 0, ...size });
});

test("the nearest size and rate are chosen and reported", { skip }, async (t) => {
  const camera = ownCamera(t, { sizes: ["1280x720", "640x480"], count: 4 });
  const server = await startServer(t, [`webcam:${camera.path}#width=700#height=500#fps=22`]);
  const viewer = watchStream(t, `${server.url}/video_feed`);
  await until("a picture", () => viewer.pictures.length > 0);
  const { note, width, height } = await status(server);
  const text = `Fake Camera at ${camera.path}: 640x480 MJPG at 20 fps, the nearest it offers to 700x500 at 22 fps`;
  assert.deepEqual({ note, width, height }, { note: text, width: 640, height: 480 });
  assert.ok(server.errors().includes(`"msg":"${text}"`));
});

test("three times unplugged and plugged in: viewers stay, and nothing is left behind", { skip }, async (t) => {
  const plugged = ownCamera(t, { count: 4 });
  const options = webcam.options.parse({ address: plugged.path });
  const camera = testCamera(t, { open: (context) => webcam.open(options, context) });
  const viewers = [1, 2].map(() => watch(camera));
  const framesCome = async () => {
    const { frames } = camera.status();
    await until("frames come", () => camera.status().frames > frames + 5);
  };
  await framesCome();
  for (let count = 1; count <= 3; count++) {
    const failed = (message: string) => until(message, () => camera.status().lastError?.message === message);
    plugged.unplug();
    await failed(`The camera at ${plugged.path} was unplugged`);
    await failed(`There is no camera at ${plugged.path}`);
    assert.deepEqual(holdings(), NOTHING);
    plugged.plug();
    await framesCome();
  }
  for (const { frames, ended } of viewers) assert.deepEqual([frames.length > 20, ended], [true, false]);
  for (const { leave } of viewers) leave();
  await until("it is idle", () => camera.status().state === "idle");
  assert.deepEqual(holdings(), NOTHING);
});

test("the camera is closed without viewers", { skip }, async (t) => {
  const camera = ownCamera(t, { count: 2 });
  const server = await startServer(t, [`webcam:${camera.path}`, "--linger", "0s"]);
  for (let count = 0; count < 3; count++) {
    assert.equal((await fetch(`${server.url}/snapshot.jpg`)).status, 200);
    await until("it is idle", async () => (await status(server)).state === "idle");
    assert.deepEqual(holdings(), NOTHING);
  }
});

test("two cameras on one device share its capture", { skip }, async (t) => {
  const camera = ownCamera(t);
  const number = camera.path.replace("/dev/video", "");
  const server = await startServer(t, [`a=webcam:${camera.path}`, `b=webcam:${number}`]);
  const [a, b] = ["a", "b"].map((name) => watchStream(t, `${server.url}/cameras/${name}/video_feed`)) as [
    ReturnType<typeof watchStream>,
    ReturnType<typeof watchStream>,
  ];
  await until("both see 40 pictures", () => a.pictures.length > 40 && b.pictures.length > 40);
  assert.deepEqual([(await status(server, "a")).restarts, (await status(server, "b")).restarts], [0, 0]);
  const notes = [(await status(server, "a")).note, (await status(server, "b")).note];
  assert.ok(notes.every((note) => note?.includes("1280x720 MJPG at 30 fps")));
});

test("a camera that another program has is called busy, and comes when it is free", { skip }, async (t) => {
  const camera = ownCamera(t, { count: 4 });
  const other = await Device.open(camera.path);
  await setMode(other, { fourcc: "MJPG", width: 1280, height: 720, fps: 30 });
  const buffers = new CaptureBuffers(other);
  await buffers.start();

  const server = await startServer(t, [`webcam:${camera.path}`]);
  const waiting = watchStream(t, `${server.url}/video_feed`);
  const busy = await until("it is busy", async () => (await status(server)).lastError);
  // The emulator's descriptors do not show whose they are.
  assert.equal(busy.message, `The camera at ${camera.path} is in use by another program. Close that first.`);
  await buffers.stop();
  await other.close();
  await until("its frames come", () => waiting.pictures.some((one) => one.equals(camera.pictures[0] as Buffer)));
});

test("a name that leads nowhere is reported, and frames come once it leads to a camera", { skip }, async (t) => {
  // In memory, and still in /dev, where addresses must be.
  const folder = mkdtempSync("/dev/shm/stillstream-test-");
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  // The emulator answers for the path, and this is what the name's link leads to.
  writeFileSync(join(folder, "video3"), "");
  const camera = ownCamera(t, { path: join(folder, "video3"), count: 4 });
  const name = join(folder, "usb-Fake_Camera-video-index0");
  const server = await startServer(t, [`webcam:${name}`]);
  const viewer = watchStream(t, `${server.url}/video_feed`);
  const failed = await until("it is missed", async () => (await status(server)).lastError);
  assert.equal(failed.message, `There is no camera at ${name}`);
  symlinkSync("video3", name);
  await until("its frames come", () => viewer.pictures.some((one) => one.equals(camera.pictures[0] as Buffer)));
  assert.match((await status(server)).note ?? "", /video3: 1280x720 MJPG/);
});

test("hostile and wrong options are refused at start with the rule they break", { skip: false }, async (t) => {
  const cameras = [
    "webcam:/dev/video0;reboot",
    "webcam:$(x)",
    "webcam#width=1e9",
    "webcam#fps=0",
    "webcam#controls=a;b=1",
  ];
  const { status, stderr } = await refusalOf(t, cameras);
  assert.equal(status, 2);
  const place = "must be a device such as /dev/video0, its number, or a name in /dev/v4l/by-id";
  const rules = [
    `camera webcam:/dev/video0;reboot, address: "/dev/video0;reboot" is invalid. It ${place}.`,
    `camera webcam:$(x), address: "$(x)" is invalid. It ${place}.`,
    'camera webcam#width=1e9, width: "1e9" is invalid. It must be a whole number from 16 to 8192.',
    'camera webcam#fps=0, fps: "0" is invalid. It must be a number above 0 and up to 240.',
    'camera webcam#controls=a;b=1, controls: "a;b=1" is invalid. It must be names as v4l2-ctl spells them',
  ];
  for (const rule of rules)
    if (process.platform === "linux" || !rule.includes(place)) assert.ok(stderr.includes(rule), stderr);
});

test("controls that the camera has not are refused at start; those it has are set", { skip }, async (t) => {
  const camera = ownCamera(t, { count: 2 });
  const withBrightness = (value: number) => [`webcam:${camera.path}#controls=brightness=${value}`];
  const refusal = await refusalOf(t, withBrightness(1000));
  assert.equal(refusal.status, 2);
  assert.match(refusal.stderr, /camera webcam: brightness must be a whole number from 0 to 255, got 1000/);
  const server = await startServer(t, withBrightness(99));
  assert.equal((await fetch(`${server.url}/snapshot.jpg`)).status, 200);
  const { controls } = (await (await fetch(`${server.url}/api/cameras/webcam/controls`)).json()) as {
    controls: { name: string; value: number }[];
  };
  assert.equal(controls.find(({ name }) => name === "brightness")?.value, 99);
});

test("what is no video device is not opened", {
  skip: process.platform !== "linux" && "Linux's devices",
}, async (t) => {
  const server = await startServer(t, ["webcam:/dev/null"]);
  const viewer = watchStream(t, `${server.url}/video_feed`);
  const failed = await until("it failed", async () => (await status(server)).lastError);
  assert.match(failed.message, /\/dev\/null is no video device/);
  assert.equal(viewer.ended, false);
});

test("raw frames are encoded by ffmpeg, which ends with the last viewer", {
  skip: skip || needs("ffmpeg"),
}, async (t) => {
  const camera = ownCamera(t, { sizes: ["320x240"], count: 4 });
  const server = await startServer(t, [`webcam:${camera.path}#format=yuyv`, "--linger", "0s"]);
  const response = await fetch(`${server.url}/snapshot.jpg`);
  assert.equal(response.status, 200);
  const { note, width } = await status(server);
  assert.match(note ?? "", /through ffmpeg: 320x240 YUYV at 30 fps/);
  assert.equal(width, 320);
  await until("ffmpeg is gone", () => children().length === 0);
});

test("where V4L2 is not spoken directly, ffmpeg copies a camera's JPEGs, or encodes what else it gives", {
  skip: skip || needs("ffmpeg"),
}, async (t) => {
  const camera = ownCamera(t, { sizes: ["320x240"], count: 4 });
  const first = async (format: "auto" | "yuyv") => {
    const stop = new AbortController();
    const notes: string[] = [];
    const context = { signal: stop.signal, dropped: () => {}, note: (text: string) => notes.push(text) };
    const wanted = { width: 320, height: 240, fps: 30, quality: 80 };
    const pictures = v4l2Unprobed(camera.path, wanted, format, "koffi is missing", context);
    const { value } = await pictures.next();
    stop.abort();
    await pictures.return(undefined);
    return { picture: Buffer.from(value as Uint8Array), notes };
  };
  const [copied, encoded] = [await first("auto"), await first("yuyv")];
  assert.deepEqual(copied.notes, [`${camera.path} through ffmpeg, copying its JPEGs: koffi is missing`]);
  assert.ok(camera.pictures.some((picture) => picture.equals(copied.picture)));
  assert.deepEqual(encoded.notes, [`${camera.path} through ffmpeg, encoding its frames: koffi is missing`]);
  assert.deepEqual(sizeOf(encoded.picture), { width: 320, height: 240 });
});

test("the first camera found is used when none is given, and listed by devices", { skip }, async (t) => {
  const camera = ownCamera(t, { count: 2 });
  const banner = (await startServer(t, [], { findCamera })).output();
  assert.ok(banner.includes(`serves webcam: the first camera found (Fake Camera at ${camera.path})`), banner);
  const lines = [
    `${camera.path}  Fake Camera (${camera.path.replace("/dev/video", "usb-fakecam-")})`,
    `  stillstream webcam:${camera.path}`,
    "  MJPG  Motion-JPEG",
    "    1280x720      30, 25, 20, 15, 10, 5 fps",
    "  YUYV  YUYV 4:2:2",
    "    1280x720      30, 25, 20, 15, 10, 5 fps",
    "",
  ];
  assert.equal(await devicesText(), lines.join("\n"));
});
