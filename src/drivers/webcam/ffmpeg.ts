import type { DriverContext } from "../../core/camera-options.ts";
import { findProgram, readProgram } from "../../util/process/child-process.ts";
import { encodeArguments, QUIETLY, runFfmpeg, TO_STDOUT } from "../ffmpeg/ffmpeg.ts";
import { AT_ONCE } from "../ffmpeg/input.ts";
import { describeGap, describeMode, type Mode } from "../v4l2/choose-mode.ts";

/** What ffmpeg needs to know of a camera; what is undefined is left to it. */
export interface CaptureRequest {
  readonly width?: number | undefined;
  readonly height?: number | undefined;
  readonly fps?: number | undefined;
  readonly quality: number;
}

/**
 * V4L2 formats that ffmpeg reads, best first, by its names for them (libavdevice/v4l2-common.c): raw ones before those
 * that it must decode as a stream.
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

/** Codes of the formats above, best first. */
export const RAW_FORMATS: readonly string[] = Object.keys(INPUT_FORMATS);

/** True when ffmpeg is installed. */
export async function hasFfmpeg(): Promise<boolean> {
  return (await findProgram(["ffmpeg"])) !== undefined;
}

/** Pictures of a Linux camera that gives no JPEG, encoded by ffmpeg. */
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

/**
 * Pictures of a Linux camera where V4L2 is not spoken directly: its JPEGs copied, or, when it gives none, encoded.
 * `reason` says why.
 */
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
      // Only one that never gave a JPEG may have none to give.
      if (format === "mjpeg" || shown > 0) throw error;
    }
    if (context.signal.aborted) return;
  }
  context.note?.(`${path} through ffmpeg, encoding its pictures: ${reason}`);
  const input = ["-f", "v4l2", ...(format === "yuyv" ? ["-input_format", "yuyv422"] : []), ...requestArguments(wanted)];
  yield* runFfmpeg(
    [...START, ...input, ...sizes, ...encodeArguments({ quality: wanted.quality }), ...TO_STDOUT],
    context,
  );
}

/** Pictures of a Mac's camera, by number or name; the first by default. */
export function avfoundation(
  address: string | undefined,
  wanted: CaptureRequest,
  context: DriverContext,
): AsyncGenerator<Uint8Array, undefined> {
  context.note?.(`camera ${address ?? "0"} through ffmpeg's avfoundation`);
  const input = ["-f", "avfoundation", ...requestArguments(wanted), "-i", `${address ?? "0"}:none`];
  return runFfmpeg([...START, ...input, ...encodeArguments({ quality: wanted.quality }), ...TO_STDOUT], context);
}

/** Pictures of a camera under Windows, by name, or by number in the list of DirectShow; the first by default. */
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

/** Both sides of what is wished for, in pixels: where one was left out, it follows at 16:9. Undefined when both were. */
export function requestedSize({ width, height }: CaptureRequest): { width: number; height: number } | undefined {
  if (width === undefined && height === undefined) return undefined;
  return { width: width ?? even(((height ?? 0) * 16) / 9), height: height ?? even(((width ?? 0) * 9) / 16) };
}

function even(pixels: number): number {
  return Math.round(pixels / 2) * 2;
}

/** How long ffmpeg may take to list cameras, in milliseconds. */
const LIST_TIMEOUT_MS = 8000;

/** The name of a camera, by its number; undefined when it is aborted. */
async function directShowCamera(number: number, signal: AbortSignal): Promise<string | undefined> {
  const args = ["-hide_banner", "-list_devices", "true", "-f", "dshow", "-i", "dummy"];
  // It lists devices on standard error, each as `"NAME" (video)`, and then fails, having nothing to open.
  const limits = { signal, timeoutMs: LIST_TIMEOUT_MS, output: "stderr", anyStatus: true } as const;
  const list = await readProgram("ffmpeg", args, limits).catch(() => "");
  const names = [...list.matchAll(/"([^"\n]+)" \(video\)/g)].map(([, name]) => name as string);
  const name = names[number];
  if (name !== undefined || signal.aborted) return name;
  throw new Error(
    names.length === 0
      ? "No camera was found: is one plugged in?"
      : `There is no camera ${number}; there are ${names.map((name, index) => `${index} (${name})`).join(", ")}`,
  );
}
