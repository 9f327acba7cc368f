import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import sharp from "sharp";
import { ffmpeg, ffmpegArguments } from "../../../src/drivers/ffmpeg/ffmpeg.ts";
import { JpegSplitter } from "../../../src/jpeg/split.ts";
import { describeError, SetupError } from "../../../src/util/errors.ts";
import { failureOf, openDriver } from "../../support/cameras/open-driver.ts";
import { until } from "../../support/deferred.ts";
import { sizeOf } from "../../support/images/layouts.ts";
import { FAKE_FRAMES } from "../../support/paths.ts";
import {
  allChildrenGone,
  children,
  childrenNamed,
  needsProc,
  setPath,
  stubFolder,
} from "../../support/programs/processes.ts";
import { testCamera } from "../../support/serve.ts";
import { testFolder } from "../../support/temporary-folder.ts";
import { needs } from "../../support/tools.ts";
import { virtualTime } from "../../support/virtual-time.ts";

const skip = needs("ffmpeg");
const skipStub = needs("python3") || needsProc;
const folder = testFolder();
const TESTSRC = { address: "testsrc=size=160x120:rate=25", format: "lavfi" };

/** Makes a video file with ffmpeg, once; gives its path. */
function video(name: string, source: string, ...args: string[]): string {
  const path = join(folder, name);
  if (!existsSync(path)) {
    execFileSync("ffmpeg", ["-v", "error", "-f", "lavfi", "-i", source, ...args, path], {
      stdio: ["ignore", "ignore", "inherit"],
    });
  }
  return path;
}

const mjpegVideo = (name: string) =>
  video(name, "testsrc=size=160x120:rate=25:duration=0.4", "-c:v", "mjpeg", "-q:v", "3");
const h264Video = () =>
  video("h264.mp4", "testsrc=size=160x120:rate=10:duration=1.2", "-c:v", "libx264", "-pix_fmt", "yuv420p");
/** The pictures that stand in a file, found without ffmpeg. */
const picturesIn = (path: string) => new JpegSplitter().push(readFileSync(path)).map((picture) => Buffer.from(picture));
const parsed = (options: Record<string, unknown>) => ffmpeg.options.parse(options);
const check = (options: Record<string, unknown>) => ffmpeg.check?.(parsed(options)) as Promise<void>;

for (const name of ["copied.avi", "copied.mjpeg", "copied.mkv"]) {
  test(`MJPEG in ${name} is copied bit for bit, and its end with status 0 is a failure`, { skip }, async (t) => {
    const path = mjpegVideo(name);
    const { pictures, failure } = await openDriver(t, ffmpeg, { address: path }).untilFailure();
    assert.equal(pictures.length, 10);
    assert.deepEqual(pictures, picturesIn(path));
    assert.equal(failure.message, "ffmpeg ended with status 0");
  });
}

test("MJPEG is copied with a hardware decoder asked for too, since nothing is decoded", { skip }, async (t) => {
  const path = mjpegVideo("copied.avi");
  const { pictures } = await openDriver(t, ffmpeg, { address: path, hwaccel: "auto" }).untilFailure();
  assert.deepEqual(pictures, picturesIn(path));
});

test("an H.264 file is encoded, every frame once and whole", { skip }, async (t) => {
  const { pictures } = await openDriver(t, ffmpeg, { address: h264Video() }).untilFailure();
  assert.equal(pictures.length, 12);
  const named = await openDriver(t, ffmpeg, { address: `file:${h264Video()}` }).untilFailure();
  assert.deepEqual(named.pictures, pictures);
  for (const picture of pictures) {
    assert.deepEqual(sizeOf(picture), { width: 160, height: 120 });
    await sharp(picture, { failOn: "warning" }).stats();
  }
});

test("white stays white and black black: video levels are widened to those of JPEG", { skip }, async (t) => {
  for (const [colour, level] of [
    ["white", 255],
    ["black", 0],
  ] as const) {
    const path = video(
      `${colour}.mp4`,
      `color=${colour}:size=64x64:rate=10:duration=0.3`,
      "-c:v",
      "libx264",
      "-pix_fmt",
      "yuv420p",
    );
    // Left as they are, video levels would be 235 and 16.
    const { channels } = await sharp(await openDriver(t, ffmpeg, { address: path }).next()).stats();
    for (const { mean } of channels) assert.ok(Math.abs(mean - level) < 4, `${colour} is ${mean}`);
  }
});

test("irregular frames come out once each, at any rate that the file claims", { skip }, async (t) => {
  const made = (name: string, filter: string, ...args: string[]) =>
    video(name, "testsrc=size=160x120:rate=25:duration=1", "-vf", filter, ...args, "-c:v", "libx264", "-bf", "0");
  const files: [string, number][] = [
    // Of the pictures 0 to 24: 0, 3, 5, 7, 14 and 21.
    [made("sparse.mkv", "select='not(mod(n,7))+eq(n,3)+eq(n,5)'"), 6],
    // 30 a second in a file that says 25, some of them closer together than 1/25 s.
    [made("hasty.mkv", "null", "-enc_time_base", "1:1000", "-bsf:v", "setts=ts=N*33+12*random(0)"), 25],
    // Jitter, and no rate at all: ffmpeg guesses 90000 a second.
    [made("jitter.ts", "settb=1/90000,setpts='N*3000+2500*random(0)'", "-enc_time_base", "1:90000"), 25],
  ];
  const played = files.map(([path]) => openDriver(t, ffmpeg, { address: path }).untilFailure());
  const counts = (await Promise.all(played)).map(({ pictures }) => pictures.length);
  assert.deepEqual(
    counts,
    files.map(([, count]) => count),
  );
});

test("an ffmpeg that knows only the older name of an option is given that", { skip: skipStub }, async (t) => {
  for (const [help, expected] of [
    ["-vsync  set video sync method", "-vsync vfr"],
    ["-vsync  deprecated, use -fps_mode\n-fps_mode  set framerate mode", "-fps_mode vfr"],
    ["-fps_mode  set framerate mode", "-fps_mode vfr"],
  ] as const) {
    const words = [
      "help",
      help,
      "want",
      `${expected} -enc_time_base 1:90000 -f mjpeg -flush_packets 1 pipe:1`,
      "exit",
      "7",
    ];
    setPath(t, await stubFolder(join(folder, "older"), "ffmpeg", words), "/usr/bin");
    assert.match(await failureOf(t, ffmpeg, { address: "rtsp://camera/", fps: "5" }), /ended with status 7$/);
  }
});

test("an ffmpeg is asked for its options once, however often it is opened", { skip: skipStub }, async (t) => {
  const [runs, parent] = [join(folder, "runs"), join(folder, "asked-once")];
  setPath(t, await stubFolder(parent, "ffmpeg", ["note", runs, "help", "-fps_mode", "exit", "7"]), "/usr/bin");
  for (let count = 0; count < 3; count++) await failureOf(t, ffmpeg, { address: "rtsp://camera/", fps: "5" });
  assert.equal(readFileSync(runs, "utf8"), "here\n".repeat(1 + 3));
  // Another ffmpeg is queried again.
  setPath(t, await stubFolder(parent, "ffmpeg", ["note", runs, "help", "-vsync", "want", "pipe:1", "exit", "7"]));
  await failureOf(t, ffmpeg, { address: "rtsp://camera/", fps: "5" });
  assert.equal(readFileSync(runs, "utf8"), "here\n".repeat(1 + 3 + 2));
});

test("width, height, fps and quality change the frames, MJPEG or not", { skip }, async (t) => {
  const path = mjpegVideo("copied.avi");
  const first = async (options: Record<string, string>) =>
    await openDriver(t, ffmpeg, { address: path, ...options }).next();
  assert.deepEqual(sizeOf(await first({ width: "80" })), { width: 80, height: 60 });
  assert.deepEqual(sizeOf(await first({ height: "90" })), { width: 120, height: 90 });
  assert.deepEqual(sizeOf(await first({ width: "100", height: "40" })), { width: 100, height: 40 });
  const [low, high] = [await first({ width: "160", quality: "10" }), await first({ width: "160", quality: "100" })];
  assert.ok(low.length * 2 < high.length, `${low.length} and ${high.length} bytes`);
  const { pictures } = await openDriver(t, ffmpeg, { address: h264Video(), fps: "5" }).untilFailure();
  assert.ok(Math.abs(pictures.length - 6) <= 1, `${pictures.length} pictures in 1.2 s at 5 a second`);
});

test("loop goes on beyond the file's end, copied or encoded", { skip }, async (t) => {
  const copied = openDriver(t, ffmpeg, { address: mjpegVideo("copied.avi"), loop: "true" });
  const pictures: Buffer[] = [];
  for (let count = 0; count < 25; count++) pictures.push(await copied.next());
  assert.deepEqual(pictures[10], pictures[0]);
  assert.deepEqual(pictures[24], pictures[4]);
  const short = video(
    "short.mp4",
    "testsrc=size=160x120:rate=25:duration=0.2",
    "-c:v",
    "libx264",
    "-pix_fmt",
    "yuv420p",
  );
  const encoded = openDriver(t, ffmpeg, { address: short, loop: "true" });
  for (let count = 0; count < 15; count++) await encoded.next();
});

test("an input that ffmpeg cannot read fails with what ffmpeg says of it", { skip }, async (t) => {
  const path = join(folder, "notes.txt");
  writeFileSync(path, "no video at all\n".repeat(20));
  assert.match(await failureOf(t, ffmpeg, { address: path }), /^ffmpeg ended with status \d+: .*Invalid data found/);
});

test("an unreachable camera fails with ffmpeg's error, and its password stays hidden", { skip }, async (t) => {
  const camera = openDriver(t, ffmpeg, { address: "rtsp://joe:secret@127.0.0.1:1/stream" });
  const { failure } = await camera.untilFailure();
  assert.match(failure.message, /^ffmpeg ended with status \d+: .*Connection refused/);
  assert.doesNotMatch(describeError(failure), /secret/);
});

test("a missing input file is refused at the start, with status 2 and its name", { skip }, async () => {
  const path = join(folder, "missing.mp4");
  await assert.rejects(check({ address: path }), (error) => {
    assert.ok(error instanceof SetupError && error.exitCode === 2);
    assert.ok(error.message.includes(JSON.stringify(path)), error.message);
    return true;
  });
  await assert.rejects(check({ address: `file:${path}` }), SetupError);
  await check({ address: h264Video() });
  await check({ address: `file:${h264Video()}` });
  for (const address of ["rtsp://camera.invalid/", "/dev/video77"]) await check({ address });
  await check(TESTSRC);
});

test("without ffmpeg, the start and the opening both say what to install", async (t) => {
  mkdirSync(join(folder, "empty"), { recursive: true });
  setPath(t, join(folder, "empty"));
  const sentence = /^ffmpeg is not installed: .*sudo apt install ffmpeg.*brew install ffmpeg.*winget install ffmpeg/;
  await assert.rejects(check({ address: "rtsp://camera/" }), (error) => {
    assert.ok(error instanceof SetupError && error.exitCode === 1);
    assert.match(error.message, sentence);
    return true;
  });
  assert.match(await failureOf(t, ffmpeg, { address: "rtsp://camera/" }), sentence);
});

test("without ffprobe the input is encoded", { skip: skipStub }, async (t) => {
  const end = "-q:v 5 -fps_mode vfr -enc_time_base 1:90000 -f mjpeg -flush_packets 1 pipe:1";
  setPath(t, await stubFolder(join(folder, "no-probe"), "ffmpeg", ["want", end, "exit", "7"]));
  assert.match(await failureOf(t, ffmpeg, { address: "rtsp://camera/" }), /^ffmpeg ended with status 7$/);
});

test("an ffmpeg deaf to SIGTERM is killed and reaped, in the middle of a frame", {
  skip: skipStub,
}, async (t) => {
  const note = join(folder, "deaf");
  const words = ["want", "-f mjpeg -flush_packets 1 pipe:1", "deaf", note, "print", FAKE_FRAMES[0] as string, "sleep"];
  setPath(t, await stubFolder(join(folder, "stubborn"), "ffmpeg", words), "/usr/bin");
  // fps, so that nothing is probed.
  const camera = openDriver(t, ffmpeg, { address: "rtsp://camera/", fps: "5" });
  assert.deepEqual(await camera.next(), readFileSync(FAKE_FRAMES[0] as string));
  assert.equal(children().length, 1);
  const waiting = camera.next().catch(() => {});
  await Promise.all([waiting, camera.close()]);
  assert.equal(readFileSync(note, "utf8"), "SIGTERM\n");
  await allChildrenGone();
});

test("ffmpeg runs in a process group of its own and leaves no child when it is closed", {
  skip: skip || needsProc,
}, async (t) => {
  const camera = openDriver(t, ffmpeg, TESTSRC);
  await camera.next();
  const [child] = childrenNamed("ffmpeg");
  assert.ok(child);
  assert.equal(child.group, child.pid);
  await camera.close();
  await allChildrenGone();
});

test("closed while it still looks at its input, it leaves no child", { skip: skipStub }, async (t) => {
  const words = ["deaf", join(folder, "probe"), "sleep"];
  setPath(t, await stubFolder(join(folder, "slow-probe"), "ffprobe", words), "/usr/bin");
  const camera = openDriver(t, ffmpeg, { address: "rtsp://camera/" });
  const waiting = camera.next().catch(() => {});
  await until("it looks", () => children().length === 1);
  await Promise.all([waiting, camera.close()]);
  await until("no child is left", () => children().length === 0);
});

test("a camera whose ffmpeg is killed says so while it retries, keeps its viewers, and comes back to them", {
  skip: skip || needsProc,
}, async (t) => {
  const camera = cameraOver(t, TESTSRC);
  const leave = new AbortController();
  const viewers = [1, 2].map(() => camera.subscribe(leave.signal)[Symbol.asyncIterator]());
  for (const viewer of viewers) await viewer.next();
  const seen = camera.status().frames;
  const [child] = childrenNamed("ffmpeg");
  assert.ok(child);

  process.kill(child.pid, "SIGKILL");
  await until("it is retrying", () => camera.status().state === "retrying");
  const { online, restarts, lastError } = camera.status();
  assert.deepEqual([online, restarts, lastError?.message], [false, 1, "ffmpeg was ended by SIGKILL"]);

  for (const viewer of viewers) {
    let frame = await viewer.next();
    while (!frame.done && frame.value.seq <= seen + 5) frame = await viewer.next();
    assert.equal(frame.done, false);
  }
  assert.deepEqual([camera.status().state, camera.status().restarts], ["live", 1]);
  const again = childrenNamed("ffmpeg");
  assert.equal(again.length, 1);
  assert.notEqual(again[0]?.pid, child.pid);
  leave.abort();
  await until("the last viewer's leaving releases it", () => camera.status().state === "idle");
  await allChildrenGone();
});

test("a camera whose ffmpeg hangs is taken for stalled, and opened again", { skip: skipStub }, async (t) => {
  const words = ["help", "-fps_mode", "deaf", join(folder, "hung"), "print", FAKE_FRAMES[0] as string, "sleep"];
  setPath(t, await stubFolder(join(folder, "hanging"), "ffmpeg", words), "/usr/bin");
  const time = virtualTime(t);
  const camera = cameraOver(t, { address: "rtsp://camera/", fps: "5" });
  const frames = camera.subscribe(new AbortController().signal)[Symbol.asyncIterator]();
  assert.equal((await frames.next()).done, false);
  await time.advance(10_000);
  await until("it gives a frame again", async () => {
    await time.advance(10);
    return camera.status().frames === 2;
  });
  assert.equal(camera.status().restarts, 1);
  assert.equal(camera.status().lastError?.message, "No frame came for 10 s");
  assert.equal(children().length, 1);
  await time.settle(camera.close());
  await allChildrenGone();
});

test("options become ffmpeg's, those of the input before it and those of the output behind", () => {
  const line = (options: Record<string, string>, copy = false) => ffmpegArguments(parsed(options), { copy }).join(" ");
  const start = "-hide_banner -nostdin -nostats -loglevel error";
  const end = "-f mjpeg -flush_packets 1 pipe:1";
  const encode = "-c:v mjpeg -pix_fmt yuvj420p -thread_type slice -q:v";
  const rate = "-fps_mode vfr -enc_time_base 1:90000";
  const rtsps = "rtsps,rtsp,satip,rtp,srtp,udp,tcp,tls,http,https,httpproxy";
  const table: [string, string][] = [
    [
      line({ address: "clip.avi" }, true),
      `${start} -protocol_whitelist file,crypto,data -re -i clip.avi -map 0:v:0 -c:v copy ${end}`,
    ],
    [
      line({ address: "rtsps://c/1" }, true),
      `${start} -protocol_whitelist ${rtsps} -rtsp_transport tcp -fflags nobuffer -i rtsps://c/1 -map 0:v:0 -c:v copy ${end}`,
    ],
  ];
  for (const [actual, expected] of table) assert.equal(actual, expected);
  const has = (options: Record<string, string>, ...parts: string[]) => {
    const actual = line(options);
    for (const part of parts) assert.ok(` ${actual} `.includes(` ${part} `), `${actual}: ${part}`);
  };
  // In real time.
  has({ address: "file:clip.mp4" }, "-re -i file:clip.mp4");
  has({ address: "clip.mp4", loop: "true" }, "-re -stream_loop -1 -i clip.mp4", `${encode} 5 ${rate} ${end}`);
  has(
    { address: "rtsp://c/1", transport: "udp", hwaccel: "auto" },
    "-hwaccel auto",
    "-rtsp_transport udp -fflags nobuffer -i rtsp://c/1",
  );
  has({ address: "/dev/video0", format: "v4l2" }, "-f v4l2 -fflags nobuffer -i /dev/video0");
  has({ address: "testsrc", format: "lavfi" }, "-f lavfi -re -i testsrc");
  has({ address: "clip.bin", format: "mjpeg" }, "-f mjpeg -re -i clip.bin");
  has({ address: "video=USB Camera", format: "dshow" }, "-f dshow -fflags nobuffer -i video=USB Camera");
  has({ address: "a", fps: "7.5", width: "640" }, "-vf fps=7.5,scale=640:-2");
  has({ address: "a", height: "480" }, "-vf scale=-2:480");
  has({ address: "a", width: "640", height: "480" }, "-vf scale=640:480");
  has({ address: "a", quality: "100" }, `${encode} 2`);
  has({ address: "a", quality: "1" }, `${encode} 31`);
  assert.doesNotMatch(line({ address: "http://c/" }), /-re |rtsp_transport/);
});

test("options out of range are refused, each by name", () => {
  const wrong = {
    fps: "0",
    width: "8",
    height: "9000",
    quality: "101",
    loop: "maybe",
    transport: "pigeon",
    format: "",
  };
  const error = String(ffmpeg.options.safeParse({ address: "a", ...wrong }).error);
  for (const name of Object.keys(wrong)) assert.ok(error.includes(`"${name}"`), `${name} is missing in ${error}`);
  assert.equal(ffmpeg.options.safeParse({}).success, false);
});

function cameraOver(t: TestContext, options: Record<string, string>) {
  return testCamera(t, { open: (context) => ffmpeg.open(parsed(options), context) });
}
