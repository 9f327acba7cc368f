import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { type TestContext, test } from "node:test";
import type { CameraReport } from "../../src/http/routes/cameras.ts";
import { fakeCamera, NEEDS_FAKECAM } from "../support/cameras/fakecam.ts";
import { unreliableSource } from "../support/cameras/unreliable-source.ts";
import { until } from "../support/deferred.ts";
import { manyScans } from "../support/images/bombs.ts";
import { layoutOf } from "../support/images/layouts.ts";
import { FAKE_FRAMES } from "../support/paths.ts";
import { type Program, startProgram, withoutPackage } from "../support/programs/program.ts";
import { startServer } from "../support/programs/server.ts";
import { ask, headOf } from "../support/sockets/raw-http.ts";
import { needs, needsPython, PYTHON } from "../support/tools.ts";
import { type LengthPart, lengthParts } from "../support/viewers/length-parts.ts";
import { watchStream } from "../support/viewers/watch-stream.ts";

async function report({ url }: Pick<Program, "url">, name: string): Promise<CameraReport> {
  return (await (await fetch(`${url}/api/cameras/${name}`)).json()) as CameraReport;
}

const isCard = ({ header }: LengthPart) => header.includes("X-Stillstream-Online: 0");

test("a webcam is unplugged and plugged in: viewers see a placeholder meanwhile, and status and snapshots report it", {
  skip: NEEDS_FAKECAM,
}, async (t) => {
  const camera = fakeCamera(t, { count: 4, settings: { FPS: 10 } });
  const program = await startProgram(t, ["desk=webcam:/dev/video0"], { env: camera.env });
  const viewers = [1, 2].map(() => ask(t, `${program.url}/video_feed`));
  await Promise.all(viewers.map(headOf));
  const live = await until("it is live", async () => {
    const now = await report(program, "desk");
    return now.state === "live" ? now : undefined;
  });
  assert.deepEqual([live.online, live.offlineSince, live.nextTryAt], [true, null, null]);

  camera.unplug();
  const cards = await until("both see a placeholder", () => {
    const seen = viewers.map((viewer) => lengthParts(viewer.body()).findLast(isCard)?.jpeg);
    return seen.every((card) => card !== undefined) ? (seen as Buffer[]) : undefined;
  });
  for (const card of cards) assert.deepEqual(layoutOf(card), layoutOf(camera.pictures[0] as Buffer));
  const gone = await until("it waits for its next try", async () => {
    const now = await report(program, "desk");
    return now.nextTryAt === null ? undefined : now;
  });
  assert.deepEqual([gone.online, gone.state, gone.offlineSince], [false, "retrying", gone.lastFrameAt]);
  assert.ok((gone.nextTryAt ?? 0) > (gone.lastError?.at ?? 0));
  const strict = fetch(`${program.url}/snapshot.jpg?strict`);
  const snapshot = await fetch(`${program.url}/snapshot.jpg`);
  assert.deepEqual([snapshot.status, snapshot.headers.get("x-stillstream-online")], [200, "0"]);
  assert.equal(layoutOf(Buffer.from(await snapshot.arrayBuffer()))?.width, 1280);
  assert.equal((await strict).status, 503);

  const { frames } = await report(program, "desk");
  const lengths = viewers.map((viewer) => lengthParts(viewer.body()).length);
  camera.plug();
  await until("it is back", async () => (await report(program, "desk")).frames > frames + 5);
  for (const [index, viewer] of viewers.entries()) {
    const later = await until("its frames are seen", () => {
      const parts = lengthParts(viewer.body()).slice(lengths[index]);
      return parts.filter((part) => !isCard(part)).length > 3 ? parts : undefined;
    });
    const first = later.findIndex((part) => !isCard(part));
    assert.ok(later.slice(first).every(({ jpeg }) => camera.pictures.some((picture) => picture.equals(jpeg))));
    assert.equal(viewer.ended, false);
  }
  const back = await report(program, "desk");
  assert.deepEqual([back.online, back.offlineSince, back.nextTryAt], [true, null, null]);
  assert.equal((await fetch(`${program.url}/snapshot.jpg`)).headers.get("x-stillstream-online"), "1");
});

test("programs that read the stream see the placeholder and then the frames, in their true colors", {
  skip: needs("ffmpeg") || needsPython("cv2", "python3-opencv"),
}, async (t) => {
  const upstream = await unreliableSource([redFrame()], 10);
  t.after(() => upstream.close());
  const { url: server } = await startServer(t, [`red=http:${upstream.address}`]);
  // Both shrink each frame to one pixel: red, green and blue.
  const openCv = `
import sys, cv2
capture = cv2.VideoCapture(sys.argv[1])
while True:
    ok, frame = capture.read()
    if not ok: break
    blue, green, red = frame.mean(axis=(0, 1))
    sys.stdout.buffer.write(bytes([int(red), int(green), int(blue)])); sys.stdout.flush()`;
  const url = `${server}/video_feed`;
  const readers = {
    OpenCV: readColours(t, PYTHON, ["-c", openCv, url]),
    ffmpeg: readColours(t, "ffmpeg", [
      ...["-v", "error", "-flags", "low_delay", "-i", url],
      ...["-vf", "scale=1:1:flags=area", "-pix_fmt", "rgb24", "-f", "rawvideo", "-"],
    ]),
  };
  const each = (what: string, is: (colour: Colour) => boolean) =>
    until(what, () => Object.values(readers).every((colours) => is(colours().at(-1) as Colour)));
  const isRed = ([red, green, blue]: Colour = [0, 0, 0]) => red > 200 && green < 40 && blue < 40;
  const isGrey = ([red, green, blue]: Colour = [0, 0, 0]) =>
    red > 10 && red < 100 && Math.abs(red - green) < 12 && Math.abs(red - blue) < 12;
  await each("both see red", isRed);
  upstream.habit = "gone";
  await each("both see the placeholder", isGrey);
  upstream.habit = "well";
  await each("both see red again", isRed);
  for (const [name, colours] of Object.entries(readers)) {
    const odd = colours().filter((colour) => !isRed(colour) && !isGrey(colour));
    assert.deepEqual(odd, [], `${name} sees nothing else`);
  }
});

test("without fonts, a home or a time zone, placeholders and clocks come, and nothing is logged", async (t) => {
  const env = {
    HOME: "/dev/null/nowhere",
    XDG_CACHE_HOME: "",
    FONTCONFIG_FILE: "/nowhere",
    FONTCONFIG_PATH: "/nowhere",
    TZ: "",
  };
  const program = await startProgram(t, ["gone=http://127.0.0.1:9/", "fake"], { env });
  const snapshot = await fetch(`${program.url}/snapshot.jpg`);
  assert.equal(snapshot.headers.get("x-stillstream-online"), "0");
  await snapshot.arrayBuffer();
  const clock = await fetch(`${program.url}/cameras/fake/snapshot.jpg?overlay=clock`);
  assert.equal(clock.status, 200, await clock.text());
  assert.doesNotMatch(program.errors(), /font|vips|glib|pango/i);
});

test("without sharp the last frame stays, and the log says so once", async (t) => {
  const upstream = await unreliableSource(
    FAKE_FRAMES.map((path) => readFileSync(path)),
    10,
  );
  t.after(() => upstream.close());
  const program = await startProgram(t, [`fake=http:${upstream.address}`], { env: withoutPackage("sharp") });
  const viewer = watchStream(t, `${program.url}/video_feed`);
  await until("it has frames", () => viewer.pictures.length > 5);
  upstream.habit = "gone";
  await until("it is gone", async () => (await report(program, "fake")).state === "retrying");
  const { length } = viewer.pictures;
  await until("the last frame is repeated", () => viewer.pictures.length > length + 2);
  assert.ok(viewer.pictures.slice(length).every((picture) => picture.equals(viewer.pictures[length] as Buffer)));
  assert.equal((await fetch(`${program.url}/snapshot.jpg`)).status, 503);
  const said = program
    .errors()
    .match(/Placeholders not drawn: viewers of an offline camera see its last frame: [^"]*/g);
  assert.equal(said?.length, 1);
  assert.match(said?.[0] ?? "", /Cannot find package 'sharp'/);
});

/** Returns a red JPEG, sampled like webcams do and most encoders do not. */
function redFrame(): Buffer {
  const source = ["-f", "lavfi", "-i", "color=red:size=640x480", "-frames:v", "1"];
  const output = ["-pix_fmt", "yuvj422p", "-c:v", "mjpeg", "-f", "mjpeg", "-"];
  return execFileSync("ffmpeg", ["-loglevel", "error", ...source, ...output]);
}

type Colour = [red: number, green: number, blue: number];

/** Runs a program that writes three bytes for each frame it sees, until the test ends. */
function readColours(t: TestContext, command: string, args: readonly string[]): () => Colour[] {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "ignore"] });
  t.after(() => child.kill("SIGKILL"));
  let bytes = Buffer.alloc(0);
  child.stdout.on("data", (more: Buffer) => {
    bytes = Buffer.concat([bytes, more]);
  });
  return () =>
    Array.from({ length: Math.floor(bytes.length / 3) }, (_, index) => {
      return [...bytes.subarray(index * 3, index * 3 + 3)] as Colour;
    });
}

test("if a camera's frames may not be decoded, viewers of a variant see a placeholder that says why", async (t) => {
  const program = await startServer(t, ["phone=push"]);
  const post = (scans: number) => {
    const headers = { "Content-Type": "image/jpeg" };
    const body = manyScans(640, scans) as BodyInit;
    return fetch(`${program.url}/cameras/phone/frames`, { method: "POST", headers, body });
  };
  await post(101);
  const [variant, plain] = [ask(t, `${program.url}/video_feed?width=320`), ask(t, `${program.url}/video_feed`)];
  await Promise.all([variant, plain].map(headOf));
  await until("the variant shows a placeholder", async () => {
    await post(101);
    return lengthParts(variant.body()).some(isCard);
  });
  const { online, variants } = await report(program, "phone");
  assert.equal(online, true);
  assert.equal(variants[0]?.lastError?.message, "The frame is not decoded: it has more than 100 scans");
  assert.ok(!lengthParts(plain.body()).some(isCard), "a viewer of the camera itself sees its frames");
  // The same viewers see the next frame that can be decoded.
  await until("the variant shows frames", async () => {
    await post(100);
    return lengthParts(variant.body()).some((part) => !isCard(part));
  });
});
