import { realpath } from "node:fs/promises";
import type { DriverContext } from "../../core/camera-options.ts";
import type { ControlValues } from "../../core/controls.ts";
import { describeError } from "../../util/errors.ts";
import { SharedCaptures } from "../shared-captures.ts";
import { V4L2 } from "../v4l2/abi.ts";
import { captureJpegs, setMode } from "../v4l2/capture.ts";
import { chooseMode, describeGap, describeMode } from "../v4l2/choose-mode.ts";
import { Device } from "../v4l2/device.ts";
import { explainError } from "../v4l2/explain-error.ts";
import { type Format, JPEG_FORMATS, readFormats } from "../v4l2/formats.ts";
import { followSource } from "../v4l2/inputs.ts";
import { resolveAddress } from "../v4l2/list-cameras.ts";
import { restoreControls } from "../v4l2/set-controls.ts";
import { untilSourceChanges } from "../v4l2/source-changes.ts";
import { loadSystem } from "../v4l2/system.ts";
import { captureRaw, captureUnprobed } from "./capture-indirect.ts";
import { RAW_FORMATS } from "./ffmpeg.ts";
import { controlValues, givenOptions, type WebcamOptions } from "./options.ts";

const captures = new SharedCaptures();

export async function* linuxCamera(
  options: WebcamOptions,
  context: DriverContext,
): AsyncGenerator<Uint8Array, undefined> {
  if (context.signal.aborted) return;
  // After replugging, a name may lead elsewhere.
  const path = await pathOf(options);
  const key = await realpath(path).catch(() => path);
  yield* captures.share(key, (shared) => capture(key, options, shared), context);
}

async function* capture(
  path: string,
  options: WebcamOptions,
  context: DriverContext,
): AsyncGenerator<Uint8Array, undefined> {
  const obstacle = await obstacleToV4l2();
  if (obstacle !== undefined) {
    yield* captureUnprobed(path, obstacle, { ...options, given: givenOptions(options) }, context);
    return;
  }
  const device = await Device.open(path);
  let raw: Format | undefined;
  try {
    await followSource(device);
    const formats = await cameraFormats(device);
    await applyControls(device, { ...controlValues(options), ...rememberedControls(options) }, context);
    const jpeg = options.format === "yuyv" ? undefined : best(formats, JPEG_FORMATS);
    if (jpeg !== undefined) {
      const mode = await setMode(device, chooseMode(jpeg, options));
      context.note?.(`${device.info.card} at ${path}: ${describeMode(mode)}${describeGap(mode, options)}`);
      yield* captureJpegs(device, context);
      return;
    }
    raw = best(formats, options.format === "yuyv" ? ["YUYV"] : RAW_FORMATS);
    if (raw === undefined || options.format === "mjpeg") {
      throw new Error(`${path} gives ${formats.map(({ fourcc }) => fourcc).join(", ")}; ${whatIsNeeded(options)}`);
    }
  } finally {
    await device.close();
  }
  const given = givenOptions(options).filter((name) => name !== "controls");
  const mode = chooseMode(raw, options);
  const encode = (signal: AbortSignal) => captureRaw(path, mode, { ...options, given }, { ...context, signal });
  yield* untilSourceChanges(path, context.signal, encode);
}

export async function obstacleToV4l2(): Promise<string | undefined> {
  return await loadSystem().then(() => undefined, describeError);
}

async function cameraFormats(device: Device): Promise<Format[]> {
  const { path, info: identity } = device;
  const has = (flag: number) => (identity.capabilities & flag) !== 0;
  if (!has(V4L2.CAP_VIDEO_CAPTURE) || !has(V4L2.CAP_STREAMING) || has(V4L2.CAP_VIDEO_M2M)) {
    const why = has(V4L2.CAP_VIDEO_CAPTURE_MPLANE) ? "gives its frames in several planes" : "captures no frames";
    throw new Error(`${path} (${identity.card}) ${why}. Run \`stillstream devices\` to list cameras.`);
  }
  return await readFormats(device).catch(async (error) => {
    throw await explainError(error, path, "open");
  });
}

function best(formats: readonly Format[], wanted: readonly string[]): Format | undefined {
  return wanted.flatMap((name) => formats.find(({ fourcc }) => fourcc === name) ?? [])[0];
}

function whatIsNeeded({ format }: WebcamOptions): string {
  return format === "auto" ? "none of them is supported. Try the driver ffmpeg." : `not what format=${format} requests`;
}

async function pathOf({ address }: WebcamOptions): Promise<string> {
  const path = await resolveAddress(address);
  if (path === undefined) throw new Error("No camera was found. Plug one in, or choose another driver.");
  return path;
}

/** @throws in plain words if there is none. */
export async function openDevice(options: WebcamOptions): Promise<Device> {
  return await Device.open(await pathOf(options));
}

/** The camera gives frames without them, too. */
async function applyControls(device: Device, values: ControlValues, { note }: DriverContext): Promise<void> {
  if (Object.keys(values).length === 0) return;
  const problems = await restoreControls(device, values).catch((error) => [describeError(error)]);
  if (problems.length > 0) note?.(`Some controls are not set: ${problems.join("; ")}`);
}

/** An unplugged camera forgets controls. Cameras on one device share them. */
const remembered = new Map<string, ControlValues>();

/** Returns one key for all spellings; where a device leads may change. */
function memoryKey({ address = "" }: WebcamOptions): string {
  return /^\d+$/.test(address) ? `/dev/video${address}` : address.replace(/^(?=video\d+$)/, "/dev/");
}

function rememberedControls(options: WebcamOptions): ControlValues | undefined {
  return remembered.get(memoryKey(options));
}

export function rememberControls(options: WebcamOptions, values: ControlValues): void {
  remembered.set(memoryKey(options), { ...rememberedControls(options), ...values });
}
