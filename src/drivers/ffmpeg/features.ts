import { stat } from "node:fs/promises";
import { findProgram, readProgram } from "../../util/process/child-process.ts";

export interface FfmpegFeatures {
  /**
   * Passes each frame once; by default ffmpeg repeats and drops frames to keep a guessed rate.
   * Measured, ffmpeg 5.1: of 90 frames with jitter 76 came out, or 270346 when it guessed 90000
   * fps. `-fps_mode` came with ffmpeg 5.1, and `-vsync` went with 9.
   */
  readonly rateOption: "-fps_mode" | "-vsync";
  /** Since ffmpeg 5.0 (its Changelog, concat demuxer). */
  readonly takesList: boolean;
}

/** Queries ffmpeg again only if the program changes. */
export async function findFeatures(signal: AbortSignal): Promise<FfmpegFeatures> {
  const program = await findProgram(["ffmpeg"]);
  const file = program && (await stat(program.path, { bigint: true }).catch(() => undefined));
  const id = file && `${program.path} ${file.dev} ${file.ino} ${file.mtimeNs} ${file.size}`;
  if (id !== undefined && id === asked?.id) return asked.features;
  const help = await readProgram("ffmpeg", ["-hide_banner", "-h", "long"], { signal }).catch(() => undefined);
  const isOld = help?.includes("-vsync") === true && !help.includes("-fps_mode");
  const features = { rateOption: isOld ? "-vsync" : "-fps_mode", takesList: !isOld } as const;
  if (id !== undefined && help !== undefined) asked = { id, features };
  return features;
}

let asked: { readonly id: string; readonly features: FfmpegFeatures } | undefined;
