import type { DriverContext } from "../../core/camera-options.ts";
import { findProgram, readProgram } from "../../util/process/child-process.ts";
import { encodeArguments, QUIETLY, runFfmpeg, TO_STDOUT } from "../ffmpeg/ffmpeg.ts";
import { AT_ONCE } from "../ffmpeg/input.ts";
import { describeGap, describeMode, type Mode } from "../v4l2/choose-mode.ts";

export interface CaptureRequest {
  readonly width?: number | undefined;
  readonly height?: number | undefined;
  readonly fps?: number | undefined;
  readonly quality: number;
}

/**
 * ffmpeg's names (libavdevice/v4l2-common.c), best first: raw ones before those that it must decode
 * as a stream.
 */
const INPUT_FORMATS: Readonly<Record<string, string>> = {
  YUYV: "yuyv422",
  UYVY: "uyvy422",
  NV12: "nv12",
  YU12: "yuv420p",
  "422P": "yuv422p",
  RGB3: "rgb24",
  BGR3: "bgr24",
  BGR4: "bgr0",
  GREY: "gray",
  H264: "h264",
};

export const RAW_FORMATS: readonly string[] = Object.keys(INPUT_FORMATS);

export async function hasFfmpeg(): Promise<boolean> {
  return (await findProgram(["ffmpeg"])) !== undefined;
}

export function v4l2ByFfmpeg(
  path: string,
  mode: Mode,
  wanted: CaptureRequest,
  context: DriverContext,
): AsyncGenerator<Uint8Array, undefined> {
  const input = ["-f", "v4l2", "-input_format", INPUT_FORMATS[mode.fourcc] ?? "yuyv422"];
  const rate = mode.fps > 0 ? ["-framerate", String(mode.fps)] : [];
  const args = [...input, ...rate, "-video_size", `${mode.width}x${mode.height}`, "-i", path];
  context.note?.(`${path} through ffmpeg: ${describeMode(mode)}${describeGap(mode, wanted)}; encoded as JPEG`);
  return runFfmpeg([...START, ...args, ...encodeArguments({ quality: wanted.quality }), ...TO_STDOUT], context);
}

/** Captures a Linux camera by ffmpeg: copies its JPEGs, or encodes. */
export async function* v4l2Unprobed(
  path: string,
  wanted: CaptureRequest,
  format: "auto" | "mjpeg" | "yuyv",
  reason: string,
  context: DriverContext,
): AsyncGenerator<Uint8Array, undefined> {
  const sizes = ["-i", path];
  let shown = 0;
  if (format !== "yuyv") {
    context.note?.(`${path} through ffmpeg, copying its JPEGs: ${reason}`);
    try {
      const input = ["-f", "v4l2", "-input_format", "mjpeg", ...requestArguments(wanted), ...sizes, "-c:v", "copy"];
      for await (const jpeg of runFfmpeg([...START, ...input, ...TO_STDOUT], context)) {
        shown++;
        yield jpeg;
      }
    } catch (error) {
      if (format === "mjpeg" || shown > 0) throw error;
    }
    if (context.signal.aborted) return;
  }
  context.note?.(`${path} through ffmpeg, encoding its frames: ${reason}`);
  const input = ["-f", "v4l2", ...(format === "yuyv" ? ["-input_format", "yuyv422"] : []), ...requestArguments(wanted)];
  yield* runFfmpeg(
    [...START, ...input, ...sizes, ...encodeArguments({ quality: wanted.quality }), ...TO_STDOUT],
    context,
  );
}

export function avfoundation(
  address: string | undefined,
  wanted: CaptureRequest,
  context: DriverContext,
): AsyncGenerator<Uint8Array, undefined> {
  context.note?.(`camera ${address ?? "0"} through ffmpeg's avfoundation`);
  const input = ["-f", "avfoundation", ...requestArguments(wanted), "-i", `${address ?? "0"}:none`];
  return runFfmpeg([...START, ...input, ...encodeArguments({ quality: wanted.quality }), ...TO_STDOUT], context);
}

/** Captures a Windows camera by name or DirectShow's number. */
export async function* directShow(
  address: string | undefined,
  wanted: CaptureRequest,
  context: DriverContext,
): AsyncGenerator<Uint8Array, undefined> {
  const isNumber = address === undefined || /^\d+$/.test(address);
  const name = isNumber ? await directShowCamera(Number(address ?? 0), context.signal) : address;
  if (name === undefined) return;
  context.note?.(`${name} through ffmpeg's dshow`);
  const input = ["-f", "dshow", ...requestArguments(wanted), "-i", `video=${name}`];
  yield* runFfmpeg([...START, ...input, ...encodeArguments({ quality: wanted.quality }), ...TO_STDOUT], context);
}

const START = [...QUIETLY, ...AT_ONCE];

function requestArguments(wanted: CaptureRequest): string[] {
  const size = requestedSize(wanted);
  return [
    wanted.fps === undefined ? [] : ["-framerate", String(wanted.fps)],
    size === undefined ? [] : ["-video_size", `${size.width}x${size.height}`],
  ].flat();
}

/** One side alone fixes the other, at 16:9. */
export function requestedSize({ width, height }: CaptureRequest): { width: number; height: number } | undefined {
  if (width === undefined && height === undefined) return undefined;
  return { width: width ?? even(((height ?? 0) * 16) / 9), height: height ?? even(((width ?? 0) * 9) / 16) };
}

function even(pixels: number): number {
  return Math.round(pixels / 2) * 2;
}

const LIST_TIMEOUT_MS = 8000;

async function directShowCamera(number: number, signal: AbortSignal): Promise<string | undefined> {
  const args = ["-hide_banner", "-list_devices", "true", "-f", "dshow", "-i", "dummy"];
  // ffmpeg lists `"NAME" (video)` on standard error, and then fails.
  const limits = { signal, timeoutMs: LIST_TIMEOUT_MS, output: "stderr", anyStatus: true } as const;
  const list = await readProgram("ffmpeg", args, limits).catch(() => "");
  const names = [...list.matchAll(/"([^"\n]+)" \(video\)/g)].map(([, name]) => name as string);
  const name = names[number];
  if (name !== undefined || signal.aborted) return name;
  throw new Error(
    names.length === 0
      ? "No camera was found. Plug one in."
      : `There is no camera ${number}. There are ${names.map((name, index) => `${index} (${name})`).join(", ")}`,
  );
}
