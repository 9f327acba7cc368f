import type { DriverContext } from "../../core/camera-options.ts";
import type { Mode } from "../v4l2/choose.ts";
import { explain } from "../v4l2/explain.ts";
import { requireVideoDevice } from "../v4l2/system.ts";
import { type FfmpegWish, hasFfmpeg, v4l2Blindly, v4l2ByFfmpeg } from "./ffmpeg.ts";
import { snapshots } from "./snapshots.ts";

/** What is asked of a camera on Linux that gives no JPEGs to who asks for them directly. */
export interface IndirectWish extends FfmpegWish {
  readonly format: "auto" | "mjpeg" | "yuyv";
  /** Names of the driver's options that were given. */
  readonly given: readonly string[];
}

/** Raw pictures of a camera, by ffmpeg at the mode chosen, or else by snapshots. */
export async function* rawPictures(
  path: string,
  mode: Mode,
  { given, ...wish }: IndirectWish,
  context: DriverContext,
): AsyncGenerator<Uint8Array, undefined> {
  if (await hasFfmpeg()) {
    yield* v4l2ByFfmpeg(path, mode, wish, context);
    return;
  }
  const why = wish.format === "yuyv" ? "format=yuyv asks for raw pictures" : "the camera gives no JPEGs";
  yield* snapshots({ platform: "linux", address: path, wish, given, why }, context);
}

/** Pictures of a camera that cannot be asked what it offers, by ffmpeg, or else by snapshots. `obstacle` says why. */
export async function* unaskedPictures(
  path: string,
  obstacle: string,
  { given, ...wish }: IndirectWish,
  context: DriverContext,
): AsyncGenerator<Uint8Array, undefined> {
  await requireVideoDevice(path).catch(async (error) => {
    throw await explain(error, path, "open");
  });
  if (await hasFfmpeg()) yield* v4l2Blindly(path, wish, wish.format, obstacle, context);
  else yield* snapshots({ platform: "linux", address: path, wish, given, why: obstacle }, context);
}
