import { stat } from "node:fs/promises";
import { z } from "zod";
import type { DriverContext } from "../core/camera-parts.ts";
import { SetupError } from "../core/errors.ts";
import { flag, integer, oneOf, positive, text } from "../core/values.ts";
import { split } from "../jpeg/split.ts";
import { defineDriver } from "./driver.ts";
import { fileReader } from "./file-reader.ts";
import { findProgram, isMissing, readProgram, runProgram } from "./process.ts";

/** How long ffprobe may look at an input, in milliseconds; past it the input is encoded, which suits any. */
const PROBE_TIMEOUT_MS = 8000;

const HOW_TO_INSTALL =
  "ffmpeg is not installed: on Debian, Ubuntu and Raspberry Pi OS run `sudo apt install ffmpeg`, on macOS `brew install ffmpeg`, on Windows `winget install ffmpeg`";

const options = z.strictObject({
  address: text("a file, a URL or a device, as ffmpeg's -i takes it").describe("what ffmpeg's -i takes"),
  loop: flag().prefault(false).describe("repeat a file for ever"),
  fps: positive(240).optional().describe("pictures a second (encodes)"),
  width: integer(16, 8192).optional().describe("width in pixels (encodes); alone, the height follows"),
  height: integer(16, 8192).optional().describe("height in pixels (encodes); alone, the width follows"),
  quality: integer(1, 100).prefault(90).describe("JPEG quality where it encodes"),
  format: text("an ffmpeg input format, such as v4l2").optional().describe("ffmpeg's -f for the input"),
  transport: oneOf("tcp", "udp").prefault("tcp").describe("how RTSP pictures travel"),
  hwaccel: text("an ffmpeg hardware decoder, such as auto").optional().describe("ffmpeg's -hwaccel"),
});

type Options = z.output<typeof options>;

/** Anything ffmpeg can read: an MJPEG input is copied, bit for bit; everything else is decoded and encoded. */
export const ffmpeg = defineDriver({
  summary: "anything ffmpeg reads: a file, rtsp://…, a device; MJPEG is copied, the rest encoded",
  address: "INPUT",
  options,
  async check(options) {
    const { address } = options;
    const file = localFile(options);
    if (file !== undefined) {
      // One that cannot be looked at is ffmpeg's to report: it may be there once its disk answers.
      const found = await fileReader.ask({ ask: "kind", path: file }).catch(() => undefined);
      if (found?.kind === "missing") {
        throw new SetupError(`there is no file at ${JSON.stringify(address)}; give the path of one that is there`, 2);
      }
    }
    await readProgram("ffmpeg", ["-version"], { timeoutMs: PROBE_TIMEOUT_MS }).catch((error) => {
      throw isMissing(error) ? new SetupError(HOW_TO_INSTALL) : error;
    });
  },
  async *open(options, context) {
    const { signal } = context;
    const copy = await canCopy(options, signal);
    const args = ffmpegArguments(options, copy ? { copy } : { copy, rateOption: await findRateOption(signal) });
    if (signal.aborted) return;
    yield* runFfmpeg(args, context);
  },
});

/** Runs ffmpeg, which is to write JPEGs to its standard output, and yields them. */
export async function* runFfmpeg(
  args: readonly string[],
  { signal, dropped, redactor }: Pick<DriverContext, "signal" | "dropped" | "redactor">,
): AsyncGenerator<Uint8Array, undefined> {
  try {
    yield* split(runProgram("ffmpeg", args, signal, redactor), { onSkip: dropped });
  } catch (error) {
    throw error instanceof Error && isMissing(error.cause) ? new Error(HOW_TO_INSTALL, { cause: error }) : error;
  }
}

interface Mode {
  readonly copy: boolean;
  /** What this ffmpeg calls its frame rate mode. @default "-fps_mode" */
  readonly rateOption?: RateOption;
}

type RateOption = "-fps_mode" | "-vsync";

/** What every run of ffmpeg begins with: only errors on standard error, and nothing asked of who is not there. */
export const QUIETLY = ["-hide_banner", "-nostdin", "-nostats", "-loglevel", "error"];

/** For what is live: pictures as they come, rather than buffered while the input is analysed. */
export const AT_ONCE = ["-fflags", "nobuffer"];

/** What every run of ffmpeg ends with: JPEGs end to end on standard output, each when it is there. */
export const TO_STDOUT = ["-f", "mjpeg", "-flush_packets", "1", "pipe:1"];

/** The command line, without the program. Exported for its test. */
export function ffmpegArguments(options: Options, { copy, rateOption = "-fps_mode" }: Mode): string[] {
  const { address, loop, format, hwaccel } = options;
  const isRecorded = localFile(options) !== undefined || loop || format === "lavfi";
  return [
    QUIETLY,
    hwaccel === undefined ? [] : ["-hwaccel", hwaccel],
    inputArguments(options),
    // A file is played as fast as it was taken; without -re ffmpeg reads it as fast as it can.
    isRecorded ? ["-re"] : AT_ONCE,
    loop ? ["-stream_loop", "-1"] : [],
    ["-i", address, "-map", "0:v:0"],
    copy ? ["-c:v", "copy"] : [...encodeArguments(options), rateOption, "vfr", "-enc_time_base", "1:90000"],
    TO_STDOUT,
  ].flat();
}

/** What ffprobe must know as well to open the input. */
function inputArguments({ address, format, transport }: Options): string[] {
  return [
    format === undefined ? [] : ["-f", format],
    /^rtsps?:/.test(address) ? ["-rtsp_transport", transport] : [],
  ].flat();
}

/** What makes ffmpeg turn any pictures into JPEGs. */
export function encodeArguments({
  fps,
  width,
  height,
  quality,
}: Partial<Pick<Options, "fps" | "width" | "height">> & Pick<Options, "quality">): string[] {
  const filters = [
    fps === undefined ? [] : [`fps=${fps}`],
    width === undefined && height === undefined ? [] : [`scale=${width ?? -2}:${height ?? -2}`],
  ].flat();
  return [
    filters.length === 0 ? [] : ["-vf", filters.join(",")],
    // yuvj420p is the full range that JPEG means. Slice threads, since frame threads would hold back a frame each.
    ["-c:v", "mjpeg", "-pix_fmt", "yuvj420p", "-thread_type", "slice", "-q:v", String(qscale(quality))],
  ].flat();
}

/** Quality 1 to 100 on ffmpeg's scale of 31 to 2 (https://ffmpeg.org/ffmpeg-codecs.html, qscale of mjpeg). */
function qscale(quality: number): number {
  return Math.round(31 - ((quality - 1) * 29) / 99);
}

/**
 * How to ask for each picture once, when it comes. By default ffmpeg repeats and drops pictures to keep a rate that it
 * guesses: measured on 90 pictures with jitter, 76 came out, or 270346 where it guessed 90000 a second (ffmpeg 5.1).
 * The clock of 90000 ticks keeps pictures apart that are closer together than the guess. `-fps_mode` came with ffmpeg
 * 5.1 and `-vsync` went with 9: no one option suits all.
 */
async function findRateOption(signal: AbortSignal): Promise<RateOption> {
  const program = await findProgram(["ffmpeg"]);
  // It is asked once, and again when it is another: of another PATH, or upgraded meanwhile.
  const file = program && (await stat(program.path, { bigint: true }).catch(() => undefined));
  const id = file && `${program.path} ${file.dev} ${file.ino} ${file.mtimeNs} ${file.size}`;
  if (id !== undefined && id === asked?.id) return asked.option;
  const help = await readProgram("ffmpeg", ["-hide_banner", "-h", "long"], { signal }).catch(() => undefined);
  const option = help?.includes("-vsync") && !help.includes("-fps_mode") ? "-vsync" : "-fps_mode";
  if (id !== undefined && help !== undefined) asked = { id, option };
  return option;
}

/** The ffmpeg that was asked last, and what it answered. */
let asked: { readonly id: string; readonly option: RateOption } | undefined;

/** Inputs seen to need encoding, which is never wrong for any input: they are not probed again. */
const known = new WeakSet<Options>();

/** True when the input is MJPEG and nothing is asked for that changes it. */
async function canCopy(options: Options, signal: AbortSignal): Promise<boolean> {
  const { fps, width, height } = options;
  if (known.has(options) || fps !== undefined || width !== undefined || height !== undefined) return false;
  try {
    const args = ["-v", "error", "-select_streams", "v:0", "-show_entries", "stream=codec_name", "-of", "csv=p=0"];
    const input = [...inputArguments(options), "-i", options.address];
    const codec = await readProgram("ffprobe", [...args, ...input], { signal, timeoutMs: PROBE_TIMEOUT_MS });
    if (codec.trim() === "mjpeg") return true;
    known.add(options);
  } catch {
    // What is wrong with the input, ffmpeg says next, and better; without ffprobe it is encoded.
  }
  return false;
}

/** Formats whose input is a name and no file (https://ffmpeg.org/ffmpeg-devices.html). */
const DEVICE_FORMATS =
  /^(android_camera|avfoundation|decklink|dshow|fbdev|gdigrab|iec61883|kmsgrab|lavfi|libdc1394|v4l2|vfwcap|video4linux2|x11grab|xcbgrab)$/;

/** The path of an input that is a file; undefined for URLs, devices, and names that only ffmpeg understands. */
function localFile({ address, format = "" }: Options): string | undefined {
  const path = address.replace(/^file:/, "");
  const isOther = /^[a-z][a-z0-9+.-]+:/i.test(path) || path.startsWith("/dev/") || DEVICE_FORMATS.test(format);
  return isOther ? undefined : path;
}
