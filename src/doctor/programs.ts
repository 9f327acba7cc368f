import { readFile } from "node:fs/promises";
import { findPiProgram } from "../drivers/rpicam/list-pi-cameras.ts";
import { findProgram } from "../util/process/child-process.ts";
import { type Finding, note, ok, problem } from "./finding.ts";

export interface ProgramFacts {
  readonly hasKoffi: boolean;
  readonly hasSharp: boolean;
  readonly hasFfmpeg: boolean;
  readonly hasRpicam: boolean;
  readonly isRaspberryPi: boolean;
  readonly isLinux: boolean;
  readonly drivers: readonly string[];
}

const ABOUT = "Programs and libraries";

/** Judges which are missing, and what does not work without them. */
export function judgePrograms(facts: ProgramFacts): Finding[] {
  const findings = [sharp(facts), koffi(facts), ffmpeg(facts), rpicam(facts)].filter(
    (finding) => finding !== undefined,
  );
  if (findings.length > 0) return findings;
  return [ok("programs", ABOUT, "All optional programs and libraries are installed.")];
}

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
    "The library sharp cannot be loaded. Without it there are no transforms, no placeholders, and no image formats but JPEG.";
  return problem("sharp", ABOUT, what, "Run `npm install sharp` in the folder of stillstream.");
}

function koffi({ hasKoffi, isLinux, drivers }: ProgramFacts): Finding | undefined {
  if (hasKoffi) return undefined;
  const webcam = isLinux && drivers.includes("webcam") ? ", and webcams need ffmpeg" : "";
  const what = `The library koffi cannot be loaded. Without it, viewers on slow links see frames that are seconds old${webcam}.`;
  return note("koffi", ABOUT, what, "Run `npm install koffi` in the folder of stillstream.");
}

function ffmpeg({ hasFfmpeg, drivers }: ProgramFacts): Finding | undefined {
  if (hasFfmpeg) return undefined;
  const fix = "Install it; on Debian, run `sudo apt install ffmpeg`.";
  if (drivers.includes("ffmpeg"))
    return problem("ffmpeg", ABOUT, "A camera needs ffmpeg, which is not installed.", fix);
  const what =
    "The program ffmpeg is not installed. Without it there are no RTSP cameras and no video files, and webcams without JPEG are slow.";
  return note("ffmpeg", ABOUT, what, fix);
}

function rpicam({ hasRpicam, isRaspberryPi, drivers }: ProgramFacts): Finding | undefined {
  if (hasRpicam || !(isRaspberryPi || drivers.includes("rpicam"))) return undefined;
  const fix = "Install it; on Raspberry Pi OS, run `sudo apt install rpicam-apps-lite`.";
  if (drivers.includes("rpicam")) {
    return problem("rpicam", ABOUT, "A camera needs rpicam-vid, which is not installed.", fix);
  }
  return note(
    "rpicam",
    ABOUT,
    "The program rpicam-vid is not installed, which the Raspberry Pi's own camera needs.",
    fix,
  );
}

async function loads(load: () => Promise<unknown>): Promise<boolean> {
  return await load().then(
    () => true,
    () => false,
  );
}
