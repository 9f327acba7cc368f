import { z } from "zod";
import type { DriverContext } from "../../core/camera-options.ts";
import { split } from "../../jpeg/split.ts";
import { flag, integer, oneOf, positive, text } from "../../options/option-types.ts";
import { SetupError } from "../../util/errors.ts";
import { isMissing, readProgram, runProgram } from "../../util/process/child-process.ts";
import { defineDriver } from "../driver.ts";
import { fileReader } from "../picture/file-reader.ts";
import { type FfmpegFeatures, findFeatures } from "./features.ts";
import { type Input, inputOf, isMjpeg, isReadOnce, receives, waitsForPublisher } from "./input.ts";
import { localFile } from "./protocols.ts";

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
  listen: flag().prefault(false).describe("wait for a publisher at the address, of rtmp, rtsp, srt, tcp or http"),
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
  isListener: receives,
  // To decode what nobody watches would cost too much where the sender never notices.
  isAlwaysOpen: waitsForPublisher,
  async *open(options, context) {
    const { signal } = context;
    if (!waitsForPublisher(options)) {
      yield* run(options, context);
      return;
    }
    // A publisher that leaves is no failure: the next one is waited for.
    while (!signal.aborted) {
      context.waiting?.(`Waiting for a publisher at ${options.address}`);
      let count = 0;
      try {
        for await (const jpeg of run(options, context)) {
          count++;
          yield jpeg;
        }
      } catch (error) {
        if (count === 0) throw error;
      }
    }
  },
});

async function* run(options: Options, context: DriverContext): AsyncGenerator<Uint8Array, undefined> {
  const { signal } = context;
  const direct = inputOf(options, false);
  // Where its address says all, an ffmpeg that copies need not be asked for what it can.
  const takesList = inputOf(options, true).list !== undefined && (await findFeatures(signal)).takesList;
  const input = takesList ? inputOf(options, true) : direct;
  const copy = await isCopyable(options, input, signal);
  const mode = copy ? { copy, input } : { copy, input, rateOption: (await findFeatures(signal)).rateOption };
  if (signal.aborted) return;
  yield* runFfmpeg(ffmpegArguments(options, mode), context, input.list);
}

/** Runs ffmpeg, which is to write JPEGs to its standard output, and yields them; `list` is what it reads. */
export async function* runFfmpeg(
  args: readonly string[],
  { signal, dropped, redactor }: Pick<DriverContext, "signal" | "dropped" | "redactor">,
  list?: string,
): AsyncGenerator<Uint8Array, undefined> {
  try {
    yield* split(runProgram("ffmpeg", args, signal, { redactor, input: list }), { onSkip: dropped });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (isMissing(error.cause)) throw new Error(HOW_TO_INSTALL, { cause: error });
    // Of the list that it was given nobody else knows.
    throw list === undefined ? error : new Error(error.message.replace(IN_LIST, "$1: "), { cause: error });
  }
}

const IN_LIST = /\[concat @ \w+\] Impossible to open '(.*)': pipe:0: /s;

interface Mode {
  readonly copy: boolean;
  /** What this ffmpeg calls its frame rate mode. @default "-fps_mode" */
  readonly rateOption?: FfmpegFeatures["rateOption"];
  /** How it is told of its input. @default by its arguments */
  readonly input?: Input;
}

/** What every run of ffmpeg begins with: only errors on standard error, and nothing asked of who is not there. */
export const QUIETLY = ["-hide_banner", "-nostdin", "-nostats", "-loglevel", "error"];

/** What every run of ffmpeg ends with: JPEGs end to end on standard output, each when it is there. */
export const TO_STDOUT = ["-f", "mjpeg", "-flush_packets", "1", "pipe:1"];

/** The command line, without the program. Exported for its test. */
export function ffmpegArguments(
  options: Options,
  { copy, rateOption = "-fps_mode", input = inputOf(options, false) }: Mode,
): string[] {
  const { hwaccel } = options;
  return [
    QUIETLY,
    hwaccel === undefined ? [] : ["-hwaccel", hwaccel],
    input.args,
    ["-map", "0:v:0"],
    // A clock of 90000 ticks keeps pictures apart that are closer together than the rate that ffmpeg guesses.
    copy ? ["-c:v", "copy"] : [...encodeArguments(options), rateOption, "vfr", "-enc_time_base", "1:90000"],
    TO_STDOUT,
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

/** Inputs seen to need encoding, which is never wrong for any input: they are not probed again. */
const known = new WeakSet<Options>();

/** True when the input is MJPEG and nothing is asked for that changes it. */
async function isCopyable(options: Options, input: Input, signal: AbortSignal): Promise<boolean> {
  const { fps, width, height, format } = options;
  if (known.has(options) || fps !== undefined || width !== undefined || height !== undefined) return false;
  // To look would take the first publisher, or the first pictures: what it gives has to be said.
  if (isReadOnce(options) || (await isNamedPipe(options))) return isMjpeg(format);
  try {
    const args = ["-v", "error", "-select_streams", "v:0", "-show_entries", "stream=codec_name", "-of", "csv=p=0"];
    const limits = { signal, timeoutMs: PROBE_TIMEOUT_MS, input: input.list };
    const codec = await readProgram("ffprobe", [...args, ...input.probeArgs], limits);
    if (codec.trim() === "mjpeg") return true;
    known.add(options);
  } catch {
    // What is wrong with the input, ffmpeg says next, and better; without ffprobe it is encoded.
  }
  return false;
}

async function isNamedPipe(options: Options): Promise<boolean> {
  const path = localFile(options);
  const found = path === undefined ? undefined : await fileReader.ask({ ask: "kind", path }).catch(() => undefined);
  return found?.kind === "pipe";
}
