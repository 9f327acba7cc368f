import { spawn } from "node:child_process";
import { rmdirSync, rmSync } from "node:fs";
import nodeWebcam from "node-webcam";
import type { SnapshotJob } from "./snapshot-programs.ts";

/*
 * The process in which node-webcam runs, started by snapshot-process.ts with its job as its only argument. Its folder is
 * a private one, so that file names in it need no path: the library makes a shell's command line of them.
 *
 * It leads a process group. The library starts a shell and that a program, and names neither: the group ends them.
 */

/** What comes of one shot. */
export interface SnapshotAnswer {
  /** What the program, or the library, had to say. Nothing is not success: fswebcam always ends with status 0. */
  readonly complaint: string;
}

const { platform, bin, options } = JSON.parse(process.argv[2] ?? "") as SnapshotJob;
// It keeps every shot in memory unless told otherwise, and writes its command lines to the console when verbose.
const fixed = { saveShots: false, callbackReturn: "location", verbose: false };
const webcam = nodeWebcam.Factory.create({ ...options, ...fixed }, platform);
if (bin !== undefined) webcam.bin = bin;

let isBusy = false;
let isStopping = false;
/** What was asked for last. */
let newest = "";
let complaint = "";

webcam.on("capture", ({ shot }) => {
  complaint = String(shot.data ?? "");
});

/** Each message is the name of a file to take a picture into; each is answered. */
process.on("message", (file: string) => {
  isBusy = true;
  newest = file;
  complaint = "";
  webcam.capture(file, (error) => {
    isBusy = false;
    if (isStopping) process.exit();
    process.send?.({ complaint: error?.message ?? complaint } satisfies SnapshotAnswer);
  });
});

// The whole group is sent it. Who stays until the program has ended leaves no zombie where process 1 reaps none.
process.on("SIGTERM", () => {
  isStopping = true;
  if (!isBusy) process.exit();
});

// Whoever started this is gone, without having said so: nothing of it is to stay.
process.on("disconnect", () => {
  try {
    if (newest !== "") rmSync(newest, { force: true });
    rmdirSync(process.cwd());
  } catch {
    // It was not all ours, or is gone.
  }
  if (process.platform === "win32") spawn("taskkill", ["/PID", String(process.pid), "/T", "/F"], { stdio: "ignore" });
  else process.kill(-process.pid, "SIGKILL");
});
