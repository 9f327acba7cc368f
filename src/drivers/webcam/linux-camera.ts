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

/** Devices that are open: a second camera on one of them shares its capture. */
const captures = new SharedCaptures();

/** Pictures of a Linux camera: its own JPEGs if V4L2 is spoken and it gives any, else through another program. */
export async function* linuxCamera(
  options: WebcamOptions,
  context: DriverContext,
): AsyncGenerator<Uint8Array, undefined> {
  if (context.signal.aborted) return;
  // Anew each time: after it was plugged in again, a name may lead elsewhere.
  const path = await pathOf(options);
  const key = await realpath(path).catch(() => path);
  yield* captures.share(key, (shared) => capture(key, options, shared), context);
}

/** Captures one device: by V4L2 if it gives JPEGs and we can, else by ffmpeg, or else by snapshots. */
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
  // Its controls are set by now.
  const given = givenOptions(options).filter((name) => name !== "controls");
  const mode = chooseMode(raw, options);
  const encode = (signal: AbortSignal) => captureRaw(path, mode, { ...options, given }, { ...context, signal });
  yield* untilSourceChanges(path, context.signal, encode);
}

/** Why V4L2 cannot be spoken directly; undefined where it can. */
export async function obstacleToV4l2(): Promise<string | undefined> {
  return await loadSystem().then(() => undefined, describeError);
}

/** What a device offers; throws when it is none that gives pictures. */
async function cameraFormats(device: Device): Promise<Format[]> {
  const { path, info: identity } = device;
  const has = (flag: number) => (identity.capabilities & flag) !== 0;
  if (!has(V4L2.CAP_VIDEO_CAPTURE) || !has(V4L2.CAP_STREAMING) || has(V4L2.CAP_VIDEO_M2M)) {
    const why = has(V4L2.CAP_VIDEO_CAPTURE_MPLANE) ? "gives its pictures in several planes" : "captures no pictures";
    throw new Error(`${path} (${identity.card}) ${why}; see \`stillstream devices\` for cameras`);
  }
  return await readFormats(device).catch(async (error) => {
    throw await explainError(error, path, "open");
  });
}

function best(formats: readonly Format[], wanted: readonly string[]): Format | undefined {
  return wanted.flatMap((name) => formats.find(({ fourcc }) => fourcc === name) ?? [])[0];
}

function whatIsNeeded({ format }: WebcamOptions): string {
  return format === "auto" ? "none of them is known here: try the driver ffmpeg" : `not what format=${format} asks for`;
}

async function pathOf({ address }: WebcamOptions): Promise<string> {
  const path = await resolveAddress(address);
  if (path === undefined) throw new Error("No camera was found: plug one in, or name another driver");
  return path;
}

/** Opens the device that the options mean. Throws, in plain words, when there is none. */
export async function openDevice(options: WebcamOptions): Promise<Device> {
  return await Device.open(await pathOf(options));
}

/** A camera that refuses a control still gives pictures: it is said, and goes on. */
async function applyControls(device: Device, values: ControlValues, { note }: DriverContext): Promise<void> {
  if (Object.keys(values).length === 0) return;
  const problems = await restoreControls(device, values).catch((error) => [describeError(error)]);
  if (problems.length > 0) note?.(`Not all controls are set: ${problems.join("; ")}`);
}

/** What was set since the start: a camera that was unplugged has forgotten it. Cameras of ours on one device share it. */
const remembered = new Map<string, ControlValues>();

/** However a device is written; not by where its name leads now, since that may change. */
function memoryKey({ address = "" }: WebcamOptions): string {
  return /^\d+$/.test(address) ? `/dev/video${address}` : address.replace(/^(?=video\d+$)/, "/dev/");
}

/** What was set of the device since the start. */
function rememberedControls(options: WebcamOptions): ControlValues | undefined {
  return remembered.get(memoryKey(options));
}

/** Has `values` set whenever the device is opened again. */
export function rememberControls(options: WebcamOptions, values: ControlValues): void {
  remembered.set(memoryKey(options), { ...rememberedControls(options), ...values });
}
