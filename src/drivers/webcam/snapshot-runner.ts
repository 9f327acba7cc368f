import { spawn } from "node:child_process";
import { rmdirSync, rmSync } from "node:fs";
import nodeWebcam from "node-webcam";
import type { SnapshotJob } from "./snapshot-programs.ts";

/*
 * The process in which node-webcam runs, started by snapshot-process.ts in a private folder, so
 * file names need no path: the library makes a shell's command line of them.
 */

export interface SnapshotAnswer {
  /** Of program or library. An empty one is no success: fswebcam always ends with status 0. */
  readonly complaint: string;
}

const { platform, bin, options } = JSON.parse(process.argv[2] ?? "") as SnapshotJob;
// The library's defaults keep every shot in memory, and log.
const fixed = { saveShots: false, callbackReturn: "location", verbose: false };
const webcam = nodeWebcam.Factory.create({ ...options, ...fixed }, platform);
if (bin !== undefined) webcam.bin = bin;

let isBusy = false;
let isStopping = false;
let newest = "";
let complaint = "";

webcam.on("capture", ({ shot }) => {
  complaint = String(shot.data ?? "");
});

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

// The whole group gets it. Staying leaves no zombie if process 1 reaps none.
process.on("SIGTERM", () => {
  isStopping = true;
  if (!isBusy) process.exit();
});

process.on("disconnect", () => {
  try {
    if (newest !== "") rmSync(newest, { force: true });
    rmdirSync(process.cwd());
  } catch {}
  if (process.platform === "win32") spawn("taskkill", ["/PID", String(process.pid), "/T", "/F"], { stdio: "ignore" });
  else process.kill(-process.pid, "SIGKILL");
});
