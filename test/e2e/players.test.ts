import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { JpegSplitter } from "../../src/jpeg/split.ts";
import { makeClip } from "../support/images/clips.ts";
import { startProgram } from "../support/programs/program.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { needs, needsPython, PYTHON } from "../support/tools.ts";

const run = promisify(execFile);

test("ffmpeg reads the stream of an H.264 file that repeats", { skip: needs("ffmpeg") }, async (t) => {
  const { url } = await startProgram(t, [`clip=ffmpeg:${makeClip(t, "video.mp4")}#loop=true`]);
  const { stdout } = await run("ffprobe", [
    ...["-v", "error", "-read_intervals", "%+#60", "-count_frames", "-select_streams", "v:0"],
    ...["-show_entries", "stream=codec_name,width,height,nb_read_frames", "-of", "csv=p=0", `${url}/video_feed`],
  ]);
  // 60 frames are more than the clip has.
  assert.equal(stdout.trim(), "mjpeg,640,360,60");
});

test("OpenCV reads the stream", { skip: needsPython("cv2", "python3-opencv") }, async (t) => {
  const { url } = await startProgram(t, ["fake#fps=20"]);
  const program = `
import sys, cv2
capture = cv2.VideoCapture(sys.argv[1])
frames = [capture.read() for _ in range(10)]
print(all(ok for ok, _ in frames), frames[-1][1].shape)`;
  const { stdout } = await run(PYTHON, ["-c", program, `${url}/video_feed`]);
  assert.equal(stdout.trim(), "True (720, 1280, 3)");
});

test("curl saves the stream of an MJPEG source bit for bit", {
  skip: needs("ffmpeg") || needs("curl"),
}, async (t) => {
  const clip = makeClip(t, "video.avi");
  const raw = join(temporaryFolder(t), "raw.mjpeg");
  await run("ffmpeg", ["-loglevel", "error", "-i", clip, "-c", "copy", "-f", "mjpeg", raw]);
  const source = new JpegSplitter().push(readFileSync(raw)).map((picture) => Buffer.from(picture).toString("base64"));
  assert.equal(source.length, 50);

  const { url } = await startProgram(t, [`clip=ffmpeg:${clip}#loop=true`]);
  const saved = join(temporaryFolder(t), "saved.bin");
  // curl ends with status 28 when its time is over.
  await run("curl", ["-s", "-m", "3", "-o", saved, `${url}/video_feed?strict`]).catch(({ code }) =>
    assert.equal(code, 28),
  );
  const pictures = new JpegSplitter()
    .push(readFileSync(saved))
    .map((picture) => Buffer.from(picture).toString("base64"));
  assert.ok(pictures.length > 10, `${pictures.length} pictures`);
  const places = pictures.map((picture) => source.indexOf(picture));
  assert.ok(!places.includes(-1), `picture ${places.indexOf(-1)}`);
  // On a busy machine some may be skipped, and the last repeated.
  const steps = places.slice(1).map((place, index) => (place - (places[index] as number) + 50) % 50);
  assert.ok(
    steps.every((step) => step < 25),
    `in order: ${places}`,
  );
});
