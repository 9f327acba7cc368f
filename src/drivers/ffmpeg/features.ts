import { stat } from "node:fs/promises";
import { findProgram, readProgram } from "../../util/process/child-process.ts";

/** What differs between versions of ffmpeg. */
export interface FfmpegFeatures {
  /**
   * How to ask for each picture once, when it comes. By default ffmpeg repeats and drops pictures to keep a rate that it
   * guesses: measured on 90 pictures with jitter, 76 came out, or 270346 where it guessed 90000 a second (ffmpeg 5.1).
   * `-fps_mode` came with ffmpeg 5.1 and `-vsync` went with 9: no one option suits all.
   */
  readonly rateOption: "-fps_mode" | "-vsync";
  /** Whether a list of inputs may give options of theirs: since ffmpeg 5.0 (its Changelog, concat demuxer). */
  readonly takesList: boolean;
}

/** Asks the ffmpeg on the PATH: once, and again when it is another, of another PATH, or upgraded meanwhile. */
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

/** The ffmpeg that was asked last, and what it answered. */
let asked: { readonly id: string; readonly features: FfmpegFeatures } | undefined;
