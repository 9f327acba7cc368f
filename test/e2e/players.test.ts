import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { JpegSplitter } from "../../src/jpeg/split.ts";
import { until } from "../support/deferred.ts";
import { makeClip } from "../support/images/clips.ts";
import { startProgram } from "../support/programs/program.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { needs, needsPython, PYTHON } from "../support/tools.ts";

const run = promisify(execFile);

/** How long the clips are. */
const CLIP_MS = 2000;

test("players read the streams of files that repeat", { skip: needs("ffmpeg"), concurrency: true }, async (t) => {
  const [h264, mjpeg] = [makeClip(t, "video.mp4"), makeClip(t, "video.avi")];
  const { url } = await startProgram(t, [`film=ffmpeg:${h264}#loop=true`, `clip=ffmpeg:${mjpeg}#loop=true`]);

  const ffmpeg = t.test("ffmpeg, of H.264", async () => {
    const { stdout } = await run("ffprobe", [
      ...["-v", "error", "-read_intervals", "%+#60", "-count_frames", "-select_streams", "v:0", "-show_entries"],
      ...["stream=codec_name,width,height,nb_read_frames", "-of", "csv=p=0", `${url}/cameras/film/video_feed`],
    ]);
    // 60 frames are more than the clip has.
    assert.equal(stdout.trim(), "mjpeg,640,360,60");
  });

  const openCv = t.test("OpenCV", { skip: needsPython("cv2", "python3-opencv") }, async () => {
    const program = `
import sys, cv2
capture = cv2.VideoCapture(sys.argv[1])
frames = [capture.read() for _ in range(10)]
print(all(ok for ok, _ in frames), frames[-1][1].shape)`;
    const { stdout } = await run(PYTHON, ["-c", program, `${url}/cameras/clip/video_feed`]);
    assert.equal(stdout.trim(), "True (360, 640, 3)");
  });

  const curl = t.test("curl, bit for bit", { skip: needs("curl") }, async (t) => {
    const [raw, saved] = [join(temporaryFolder(t), "raw.mjpeg"), join(temporaryFolder(t), "saved.bin")];
    await run("ffmpeg", ["-loglevel", "error", "-i", mjpeg, "-c", "copy", "-f", "mjpeg", raw]);
    const source = picturesOf(raw);
    assert.equal(source.length, 50);
    const start = performance.now();
    const program = spawn("curl", ["-sN", "-o", saved, `${url}/cameras/clip/video_feed?strict`]);
    t.after(() => program.kill());
    const pictures = await until("it has saved twelve", () => {
      const pictures = picturesOf(saved);
      return pictures.length >= 12 ? pictures : undefined;
    });
    const places = pictures.map((picture) => source.indexOf(picture));
    assert.ok(!places.includes(-1), `picture ${places.indexOf(-1)}`);
    // Some may be skipped, and the last repeated; the clip begins again only at its end.
    const returns = places.slice(1).filter((place, index) => place < (places[index] as number));
    assert.ok(returns.length <= 1 + (performance.now() - start) / CLIP_MS, `in order: ${places}`);
  });
  await Promise.all([ffmpeg, openCv, curl]);
});

function picturesOf(path: string): string[] {
  const splitter = new JpegSplitter();
  return existsSync(path) ? splitter.push(readFileSync(path)).map((jpeg) => Buffer.from(jpeg).toString("base64")) : [];
}
