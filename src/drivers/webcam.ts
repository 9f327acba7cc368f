import { realpath } from "node:fs/promises";
import { z } from "zod";
import type { DriverContext } from "../core/camera.ts";
import { ControlError, type ControlValues } from "../core/controls.ts";
import { describeError, SetupError } from "../core/errors.ts";
import { integer, matching, oneOf, positive } from "../core/values.ts";
import { defineDriver } from "./driver.ts";
import { SharedCaptures } from "./sharing.ts";
import { isSnapshotPlatform } from "./snapshot-programs.ts";
import { V4L2 } from "./v4l2/abi.ts";
import { captureJpegs, setMode } from "./v4l2/capture.ts";
import { chooseMode, describeGap, describeMode } from "./v4l2/choose.ts";
import { readControls, writeControls } from "./v4l2/controls.ts";
import { Device } from "./v4l2/device.ts";
import { explain } from "./v4l2/explain.ts";
import { ADDRESS, resolveAddress } from "./v4l2/find.ts";
import { type Format, JPEG_FORMATS, readFormats } from "./v4l2/formats.ts";
import { loadSystem } from "./v4l2/system.ts";
import { RAW_FORMATS } from "./webcam-ffmpeg.ts";
import { foreignAddress, foreignCamera, requireProgram } from "./webcam-foreign.ts";
import { rawPictures, unaskedPictures } from "./webcam-indirect.ts";

const address =
  process.platform === "linux"
    ? matching(ADDRESS, "a device such as /dev/video0, its number, or a name in /dev/v4l/by-id")
    : foreignAddress;

const options = z.strictObject({
  address: address.optional().describe("the device; the first that is found by default"),
  width: integer(16, 8192).optional().describe("width in pixels, or the nearest there is (1280)"),
  height: integer(16, 8192).optional().describe("height in pixels, or the nearest there is (720)"),
  fps: positive(240).optional().describe("pictures a second, or the nearest there is (30)"),
  format: oneOf("auto", "mjpeg", "yuyv")
    .prefault("auto")
    .describe("what the camera is to give; auto prefers its JPEGs"),
  quality: integer(1, 100).prefault(90).describe("JPEG quality where the camera gives no JPEGs"),
  controls: matching(
    /^[a-z0-9_]{1,64}=-?\d{1,10}(,[a-z0-9_]{1,64}=-?\d{1,10})*$/,
    "names as v4l2-ctl spells them, each with a whole number, such as brightness=128,auto_exposure=1",
  )
    .optional()
    .describe("what to set on the camera, such as brightness=128,auto_exposure=1"),
});

type Options = z.output<typeof options>;

/**
 * A camera on USB, or built in. On Linux its own JPEGs, captured directly; else, and for raw pictures, through ffmpeg; where
 * that is not installed, by snapshots of node-webcam.
 */
export const webcam = defineDriver({
  summary: "a USB or built-in camera; on Linux directly, elsewhere through ffmpeg, or else node-webcam snapshots",
  address: "DEVICE",
  options,
  async check(options) {
    if ((await obstacleToV4l2()) !== undefined) {
      if (isSnapshotPlatform(process.platform)) await requireProgram(process.platform);
      return;
    }
    // A camera may be plugged in later; one that is there is asked whether it takes what it is to be set to.
    const device = await openDevice(options).catch(() => undefined);
    try {
      if (device !== undefined) await checkControls(device, controlValues(options));
    } finally {
      await device?.close();
    }
  },
  async *open(options, context) {
    const { platform } = process;
    if (platform === "linux") yield* onLinux(options, context);
    else if (isSnapshotPlatform(platform)) {
      yield* foreignCamera(platform, options.address, options, givenOptions(options), context);
    } else throw new Error(`No way to a camera is known on ${platform}; try the driver ffmpeg`);
  },
  async controls(options) {
    const device = await openDevice(options);
    try {
      return await readControls(device);
    } catch (error) {
      throw await explain(error, device.path, "open");
    } finally {
      await device.close();
    }
  },
  async setControls(options, values) {
    const device = await openDevice(options);
    try {
      await writeControls(device, values);
      remembered.set(options, { ...remembered.get(options), ...values });
    } catch (error) {
      throw await explain(error, device.path, "open");
    } finally {
      await device.close();
    }
  },
});

/** Devices that are open: a second camera on one of them shares its capture. */
const captures = new SharedCaptures();

/** What was set since the start, by the camera's options: a camera that was unplugged has forgotten it. */
const remembered = new WeakMap<Options, ControlValues>();

async function* onLinux(options: Options, context: DriverContext): AsyncGenerator<Uint8Array, undefined> {
  if (context.signal.aborted) return;
  // Anew each time: after it was plugged in again, a name may lead elsewhere.
  const path = await pathOf(options);
  const key = await realpath(path).catch(() => path);
  yield* captures.share(key, (shared) => capture(key, options, shared), context);
}

/** Captures one device: by V4L2 if it gives JPEGs and we can, else by ffmpeg, or else by snapshots. */
async function* capture(path: string, options: Options, context: DriverContext): AsyncGenerator<Uint8Array, undefined> {
  const obstacle = await obstacleToV4l2();
  if (obstacle !== undefined) {
    yield* unaskedPictures(path, obstacle, { ...options, given: givenOptions(options) }, context);
    return;
  }
  const device = await Device.open(path);
  let raw: Format | undefined;
  try {
    const formats = await cameraFormats(device);
    await applyControls(device, { ...controlValues(options), ...remembered.get(options) }, context);
    const jpeg = options.format === "yuyv" ? undefined : best(formats, JPEG_FORMATS);
    if (jpeg !== undefined) {
      const mode = await setMode(device, chooseMode(jpeg, options));
      context.note?.(`${device.identity.card} at ${path}: ${describeMode(mode)}${describeGap(mode, options)}`);
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
  yield* rawPictures(path, chooseMode(raw, options), { ...options, given }, context);
}

/** Why V4L2 cannot be spoken directly; undefined where it can. */
async function obstacleToV4l2(): Promise<string | undefined> {
  return await loadSystem().then(() => undefined, describeError);
}

/** Names of the options that were given, but for those that no way to a camera lacks. */
function givenOptions(given: Options): string[] {
  const { address: _address, fps: _fps, ...others } = given;
  const defaults: Readonly<Record<string, unknown>> = options.parse({});
  return Object.entries(others).flatMap(([name, value]) => (value === defaults[name] ? [] : [name]));
}

/** What a device offers; throws when it is none that gives pictures. */
async function cameraFormats(device: Device): Promise<Format[]> {
  const { path, identity } = device;
  const has = (flag: number) => (identity.capabilities & flag) !== 0;
  if (!has(V4L2.CAP_VIDEO_CAPTURE) || !has(V4L2.CAP_STREAMING) || has(V4L2.CAP_VIDEO_M2M)) {
    const why = has(V4L2.CAP_VIDEO_CAPTURE_MPLANE) ? "gives its pictures in several planes" : "captures no pictures";
    throw new Error(`${path} (${identity.card}) ${why}; see \`stillstream devices\` for cameras`);
  }
  return await readFormats(device).catch(async (error) => {
    throw await explain(error, path, "open");
  });
}

function best(formats: readonly Format[], wanted: readonly string[]): Format | undefined {
  return wanted.flatMap((name) => formats.find(({ fourcc }) => fourcc === name) ?? [])[0];
}

function whatIsNeeded({ format }: Options): string {
  return format === "auto" ? "none of them is known here: try the driver ffmpeg" : `not what format=${format} asks for`;
}

async function pathOf({ address }: Options): Promise<string> {
  const path = await resolveAddress(address);
  if (path === undefined) throw new Error("No camera was found: plug one in, or name another driver");
  return path;
}

async function openDevice(options: Options): Promise<Device> {
  return await Device.open(await pathOf(options));
}

function controlValues({ controls = "" }: Options): ControlValues {
  const pairs = controls.split(",").filter((pair) => pair !== "");
  return Object.fromEntries(
    pairs.map((pair) => pair.split("=") as [string, string]).map(([name, value]) => [name, Number(value)]),
  );
}

/** Refuses, at start, controls that the camera has not or that cannot be so. */
async function checkControls(device: Device, values: ControlValues): Promise<void> {
  if (Object.keys(values).length === 0) return;
  await writeControls(device, values).catch((error) => {
    if (error instanceof ControlError) throw new SetupError(error.message, 2);
  });
}

/** A camera that refuses a control still gives pictures: it is said, and goes on. */
async function applyControls(device: Device, values: ControlValues, { note }: DriverContext): Promise<void> {
  if (Object.keys(values).length === 0) return;
  await writeControls(device, values).catch((error) => note?.(`Not all controls are set: ${describeError(error)}`));
}
