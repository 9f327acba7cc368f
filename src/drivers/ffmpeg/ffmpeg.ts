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

/** After it the input is encoded, which suits any. */
const PROBE_TIMEOUT_MS = 8000;

const HOW_TO_INSTALL =
  "ffmpeg is not installed: on Debian, Ubuntu and Raspberry Pi OS run `sudo apt install ffmpeg`, on macOS `brew install ffmpeg`, on Windows `winget install ffmpeg`";

const options = z.strictObject({
  address: text("a file, a URL or a device, as ffmpeg's -i takes it").describe("input, as ffmpeg's -i takes it"),
  loop: flag().prefault(false).describe("repeat the file"),
  fps: positive(240).optional().describe("frames per second (encodes)"),
  width: integer(16, 8192).optional().describe("width in pixels (encodes); alone, the height follows"),
  height: integer(16, 8192).optional().describe("height in pixels (encodes); alone, the width follows"),
  quality: integer(1, 100).prefault(90).describe("JPEG quality if it encodes"),
  format: text("an ffmpeg input format, such as v4l2").optional().describe("ffmpeg's -f for the input"),
  transport: oneOf("tcp", "udp").prefault("tcp").describe("transport of RTSP"),
  listen: flag().prefault(false).describe("wait for a publisher at an rtmp, rtsp, srt, tcp or http address"),
  hwaccel: text("an ffmpeg hardware decoder, such as auto").optional().describe("ffmpeg's -hwaccel"),
});

type Options = z.output<typeof options>;

export const ffmpeg = defineDriver({
  summary: "any input of ffmpeg: a file, rtsp://…, a device; MJPEG is copied, the rest encoded",
  address: "INPUT",
  options,
  async check(options) {
    const { address } = options;
    const file = localFile(options);
    if (file !== undefined) {
      // Its disk may answer later.
      const found = await fileReader.ask({ ask: "kind", path: file }).catch(() => undefined);
      if (found?.kind === "missing") {
        throw new SetupError(`there is no file at ${JSON.stringify(address)}. Check the path.`, 2);
      }
    }
    await readProgram("ffmpeg", ["-version"], { timeoutMs: PROBE_TIMEOUT_MS }).catch((error) => {
      throw isMissing(error) ? new SetupError(HOW_TO_INSTALL) : error;
    });
  },
  isListener: receives,
  // Decoding without viewers would cost too much if the publisher cannot notice.
  isAlwaysOpen: waitsForPublisher,
  async *open(options, context) {
    const { signal } = context;
    if (!waitsForPublisher(options)) {
      yield* run(options, context);
      return;
    }
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
  const takesList = inputOf(options, true).list !== undefined && (await findFeatures(signal)).takesList;
  const input = takesList ? inputOf(options, true) : direct;
  const copy = await isCopyable(options, input, signal);
  const mode = copy ? { copy, input } : { copy, input, rateOption: (await findFeatures(signal)).rateOption };
  if (signal.aborted) return;
  yield* runFfmpeg(ffmpegArguments(options, mode), context, input.list);
}

/** Yields the JPEGs that ffmpeg writes; it reads `list`. */
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
    throw list === undefined ? error : new Error(error.message.replace(IN_LIST, "$1: "), { cause: error });
  }
}

const IN_LIST = /\[concat @ \w+\] Impossible to open '(.*)': pipe:0: /s;

interface Mode {
  readonly copy: boolean;
  readonly rateOption?: FfmpegFeatures["rateOption"];
  readonly input?: Input;
}

export const QUIETLY = ["-hide_banner", "-nostdin", "-nostats", "-loglevel", "error"];

/** JPEGs end to end, each at once. */
export const TO_STDOUT = ["-f", "mjpeg", "-flush_packets", "1", "pipe:1"];

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
    // 90000 ticks keep frames apart that are closer than the rate that ffmpeg guesses.
    copy ? ["-c:v", "copy"] : [...encodeArguments(options), rateOption, "vfr", "-enc_time_base", "1:90000"],
    TO_STDOUT,
  ].flat();
}

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
    // yuvj420p is JPEG's full range. Frame threads hold back a frame each.
    ["-c:v", "mjpeg", "-pix_fmt", "yuvj420p", "-thread_type", "slice", "-q:v", String(qscale(quality))],
  ].flat();
}

/** Scales 1 to 100 to 31 to 2 (https://ffmpeg.org/ffmpeg-codecs.html, qscale of mjpeg). */
function qscale(quality: number): number {
  return Math.round(31 - ((quality - 1) * 29) / 99);
}

/** Inputs that need encoding are not probed again. */
const known = new WeakSet<Options>();

async function isCopyable(options: Options, input: Input, signal: AbortSignal): Promise<boolean> {
  const { fps, width, height, format } = options;
  if (known.has(options) || fps !== undefined || width !== undefined || height !== undefined) return false;
  // A probe would take the first publisher or frames.
  if (isReadOnce(options) || (await isNamedPipe(options))) return isMjpeg(format);
  try {
    const args = ["-v", "error", "-select_streams", "v:0", "-show_entries", "stream=codec_name", "-of", "csv=p=0"];
    const limits = { signal, timeoutMs: PROBE_TIMEOUT_MS, input: input.list };
    const codec = await readProgram("ffprobe", [...args, ...input.probeArgs], limits);
    if (codec.trim() === "mjpeg") return true;
    known.add(options);
  } catch {}
  return false;
}

async function isNamedPipe(options: Options): Promise<boolean> {
  const path = localFile(options);
  const found = path === undefined ? undefined : await fileReader.ask({ ask: "kind", path }).catch(() => undefined);
  return found?.kind === "pipe";
}
