import type { DriverContext } from "../../core/camera-options.ts";
import type { Mode } from "../v4l2/choose-mode.ts";
import { explainError } from "../v4l2/explain-error.ts";
import { requireVideoDevice } from "../v4l2/system.ts";
import { type CaptureRequest, hasFfmpeg, v4l2ByFfmpeg, v4l2Unprobed } from "./ffmpeg.ts";
import { snapshots } from "./snapshots.ts";

export interface IndirectRequest extends CaptureRequest {
  readonly format: "auto" | "mjpeg" | "yuyv";
  readonly given: readonly string[];
}

/** Captures raw frames by ffmpeg, or else by snapshots. */
export async function* captureRaw(
  path: string,
  mode: Mode,
  { given, ...wanted }: IndirectRequest,
  context: DriverContext,
): AsyncGenerator<Uint8Array, undefined> {
  if (await hasFfmpeg()) {
    yield* v4l2ByFfmpeg(path, mode, wanted, context);
    return;
  }
  const why = wanted.format === "yuyv" ? "format=yuyv requests raw frames" : "the camera gives no JPEGs";
  yield* snapshots({ platform: "linux", address: path, wanted, given, why }, context);
}

/** Captures a camera whose formats cannot be listed, because of `obstacle`. */
export async function* captureUnprobed(
  path: string,
  obstacle: string,
  { given, ...wanted }: IndirectRequest,
  context: DriverContext,
): AsyncGenerator<Uint8Array, undefined> {
  await requireVideoDevice(path).catch(async (error) => {
    throw await explainError(error, path, "open");
  });
  if (await hasFfmpeg()) yield* v4l2Unprobed(path, wanted, wanted.format, obstacle, context);
  else yield* snapshots({ platform: "linux", address: path, wanted, given, why: obstacle }, context);
}
