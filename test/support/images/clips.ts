import { execFileSync } from "node:child_process";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { temporaryFolder } from "../temporary-folder.ts";

/**
 * Makes a clip of two seconds: `video.mp4` is H.264, `video.avi` and `video.mjpeg` are MJPEG. Needs
 * ffmpeg.
 */
export function makeClip(t: TestContext, name: "video.mp4" | "video.avi" | "video.mjpeg"): string {
  const path = join(temporaryFolder(t), name);
  const codec = name === "video.mp4" ? ["-c:v", "libx264", "-pix_fmt", "yuv420p"] : ["-c:v", "mjpeg", "-q:v", "4"];
  const source = ["-f", "lavfi", "-i", "testsrc2=size=640x360:rate=25:duration=2"];
  execFileSync("ffmpeg", ["-loglevel", "error", ...source, ...codec, path]);
  return path;
}
