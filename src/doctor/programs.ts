import { readFile } from "node:fs/promises";
import { findPiProgram } from "../drivers/rpicam/list-pi-cameras.ts";
import { findProgram } from "../util/process/child-process.ts";
import { type Finding, note, ok, problem } from "./finding.ts";

/** What stillstream uses where it is there. */
export interface ProgramFacts {
  readonly hasKoffi: boolean;
  readonly hasSharp: boolean;
  readonly hasFfmpeg: boolean;
  readonly hasRpicam: boolean;
  readonly isRaspberryPi: boolean;
  readonly isLinux: boolean;
  /** The drivers of the configured cameras. */
  readonly drivers: readonly string[];
}

const ABOUT = "Programs and libraries";

/** Which of them are missing, and what works worse for it. */
export function judgePrograms(facts: ProgramFacts): Finding[] {
  const findings = [sharp(facts), koffi(facts), ffmpeg(facts), rpicam(facts)].filter(
    (finding) => finding !== undefined,
  );
  if (findings.length > 0) return findings;
  return [ok("programs", ABOUT, "Everything that stillstream uses here is installed.")];
}

/** Looks for them. */
export async function inspectPrograms(drivers: readonly string[]): Promise<ProgramFacts> {
  const [hasKoffi, hasSharp, ffmpeg, rpicam, model] = await Promise.all([
    loads(() => import("koffi")),
    loads(() => import("sharp")),
    findProgram(["ffmpeg"]),
    findPiProgram(),
    // Documentation/devicetree/bindings of Linux: the root's property `model`.
    readFile("/proc/device-tree/model", "utf8").catch(() => ""),
  ]);
  return {
    hasKoffi,
    hasSharp,
    hasFfmpeg: ffmpeg !== undefined,
    hasRpicam: rpicam !== undefined,
    isRaspberryPi: model.startsWith("Raspberry Pi"),
    isLinux: process.platform === "linux",
    drivers,
  };
}

function sharp({ hasSharp }: ProgramFacts): Finding | undefined {
  if (hasSharp) return undefined;
  const what =
    "The library sharp cannot be loaded: no sizes, turns and cards, and no pictures of other formats than JPEG.";
  return problem("sharp", ABOUT, what, "Install it anew with `npm install sharp` in stillstream's folder.");
}

function koffi({ hasKoffi, isLinux, drivers }: ProgramFacts): Finding | undefined {
  if (hasKoffi) return undefined;
  const webcam = isLinux && drivers.includes("webcam") ? ", and webcams need ffmpeg" : "";
  const what = `The library koffi cannot be loaded: viewers on slow links see pictures that are seconds older than need be${webcam}.`;
  return note("koffi", ABOUT, what, "Install it with `npm install koffi` in stillstream's folder.");
}

function ffmpeg({ hasFfmpeg, drivers }: ProgramFacts): Finding | undefined {
  if (hasFfmpeg) return undefined;
  const fix = "Install it, on Debian with `sudo apt install ffmpeg`.";
  if (drivers.includes("ffmpeg"))
    return problem("ffmpeg", ABOUT, "A camera goes through ffmpeg, which is not installed.", fix);
  const what =
    "There is no ffmpeg: no RTSP cameras and no video files, and webcams that give no JPEGs by slow snapshots only.";
  return note("ffmpeg", ABOUT, what, fix);
}

function rpicam({ hasRpicam, isRaspberryPi, drivers }: ProgramFacts): Finding | undefined {
  if (hasRpicam || !(isRaspberryPi || drivers.includes("rpicam"))) return undefined;
  const fix = "Install it, on Raspberry Pi OS with `sudo apt install rpicam-apps-lite`.";
  if (drivers.includes("rpicam")) {
    return problem("rpicam", ABOUT, "A camera goes through rpicam-vid, which is not installed.", fix);
  }
  return note("rpicam", ABOUT, "There is no rpicam-vid: the Raspberry Pi's own camera cannot be shown.", fix);
}

async function loads(load: () => Promise<unknown>): Promise<boolean> {
  return await load().then(
    () => true,
    () => false,
  );
}
