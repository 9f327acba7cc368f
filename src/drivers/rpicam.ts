import { access } from "node:fs/promises";
import { z } from "zod";
import type { DriverContext } from "../core/camera.ts";
import { SetupError } from "../core/errors.ts";
import { decimal, flag, integer, matching, oneOf, positive, text } from "../core/values.ts";
import { split } from "../jpeg/split.ts";
import { defineDriver } from "./driver.ts";
import { runProgram } from "./process.ts";
import { findPiProgram } from "./rpicam-programs.ts";
import { SharedCaptures } from "./sharing.ts";

const HOW_TO_INSTALL =
  "neither rpicam-vid nor libcamera-vid is installed: on Raspberry Pi OS run `sudo apt install rpicam-apps`";

/** What of the sensor is shown: four parts of 1, of which the last two are above 0. */
const PART = /^(0|1|0?\.\d{1,6}|[01]\.\d{1,6})(,(0|1|0?\.\d{1,6}|[01]\.\d{1,6})){3}$/;

/*
 * Words, ranges and units are those of https://www.raspberrypi.com/documentation/computers/camera_software.html ("Common
 * options", "Camera control options", "Video options"), read beside rpicam-apps' core/options.cpp and
 * core/video_options.hpp on 2026-11-21. Where the documentation gives a number no upper end, options.cpp does (15.99 for
 * contrast, saturation and sharpness, silently clamped there), or the end here is beyond any sensor's.
 */
const options = z.strictObject({
  address: integer(0, 15).prefault(0).describe("the camera's number, as `stillstream devices` lists it"),
  width: integer(16, 16384).optional().describe("width in pixels (1280); alone, the height keeps 16:9"),
  height: integer(16, 16384).optional().describe("height in pixels (720); alone, the width keeps 16:9"),
  fps: positive(240).optional().describe("pictures a second, as far as the sensor can (30)"),
  quality: integer(1, 100).prefault(80).describe("JPEG quality"),
  rotation: oneOf("0", "180").prefault("0").describe("degrees by which pictures are turned"),
  hflip: flag().prefault(false).describe("mirror pictures left to right"),
  vflip: flag().prefault(false).describe("mirror pictures top to bottom"),
  exposure: oneOf("normal", "sport", "long")
    .optional()
    .describe("short exposures with more gain (sport), or long ones"),
  shutter: integer(1, 700_000_000).optional().describe("fixed exposure time in microseconds"),
  gain: positive(1000).optional().describe("fixed gain, analogue and digital together"),
  ev: decimal(-10, 10).optional().describe("exposure compensation in stops"),
  awb: oneOf("auto", "incandescent", "tungsten", "fluorescent", "indoor", "daylight", "cloudy", "custom")
    .optional()
    .describe("white balance"),
  denoise: oneOf("auto", "off", "cdn_off", "cdn_fast", "cdn_hq").optional().describe("denoising; cdn_hq is slow"),
  brightness: decimal(-1, 1).optional().describe("added to every pixel; 0 is normal"),
  contrast: decimal(0, 15.99).optional().describe("contrast; 1 is normal"),
  saturation: decimal(0, 15.99).optional().describe("colour; 0 is grey, 1 is normal"),
  sharpness: decimal(0, 15.99).optional().describe("sharpening; 0 is none, 1 is normal"),
  roi: matching(PART, "x,y,width,height, each a part of 1, such as 0.25,0.25,0.5,0.5")
    .refine(
      isInside,
      "must be x,y,width,height of a part that is not empty and ends within 1, such as 0.25,0.25,0.5,0.5",
    )
    .optional()
    .describe("the part of the sensor to show: x,y,width,height, each a part of 1"),
  tuning: text("the path of a tuning file").optional().describe("path of a camera tuning file"),
});

type Options = z.output<typeof options>;

/** The Raspberry Pi's own camera: JPEGs of rpicam-vid, which was called libcamera-vid before. */
export const rpicam = defineDriver({
  summary: "a Raspberry Pi's own camera, through rpicam-vid or libcamera-vid",
  address: "NUMBER",
  options,
  async check({ tuning }) {
    if ((await findPiProgram()) === undefined) throw new SetupError(HOW_TO_INSTALL);
    if (tuning === undefined) return;
    await access(tuning).catch(() => {
      throw new SetupError(
        `there is no tuning file at ${JSON.stringify(tuning)}; give the path of one that is there`,
        2,
      );
    });
  },
  async *open(options, context) {
    if (context.signal.aborted) return;
    // libcamera gives a camera to one process only: a second camera of ours on the same sensor shares the capture.
    yield* captures.share(String(options.address), (shared) => capture(options, shared), context);
  },
});

const captures = new SharedCaptures();

async function* capture(options: Options, { signal, dropped, note }: DriverContext) {
  const program = await findPiProgram();
  if (program === undefined) throw new Error(HOW_TO_INSTALL);
  const { width, height } = pictureSize(options);
  note?.(`${program}, camera ${options.address}: ${width}x${height} at ${options.fps ?? 30} fps`);
  try {
    yield* split(runProgram(program, rpicamArguments(options), signal), { onSkip: dropped });
  } catch (error) {
    throw explain(error);
  }
}

/**
 * The command line, without the program; the same for both names. Exported for its test.
 *
 * A value follows its option after a space, as documented. Not so that of `verbose`: it may be left out (implicit_value in
 * core/options.cpp), and such a one counts only in the same word, as Boost's documentation of implicit_value says. At 0
 * only errors are written; at the default of 1 what goes well is too, and would fill the last lines of a failure.
 */
export function rpicamArguments(options: Options): string[] {
  const { width, height } = pictureSize(options);
  const { address, fps, quality, rotation, hflip, vflip, tuning } = options;
  const { exposure, shutter, gain, ev, awb, denoise, brightness, contrast, saturation, sharpness, roi } = options;
  const given = { exposure, shutter, gain, ev, awb, denoise, brightness, contrast, saturation, sharpness, roi };
  return [
    ["--camera", address, "--codec", "mjpeg", "--output", "-", "--timeout", 0, "--nopreview", "--flush", "--verbose=0"],
    ["--width", width, "--height", height, "--quality", quality],
    // Left out, it is 30, and the first picture comes sooner: for a rate, every mode of the sensor is set up in turn and
    // asked for its own (core/rpicam_app.cpp, OpenCamera).
    fps === undefined ? [] : ["--framerate", fps],
    rotation === "0" ? [] : ["--rotation", rotation],
    hflip ? ["--hflip"] : [],
    vflip ? ["--vflip"] : [],
    ...Object.entries(given).map(([name, value]) => (value === undefined ? [] : [`--${name}`, value])),
    tuning === undefined ? [] : ["--tuning-file", tuning],
  ]
    .flat()
    .map(String);
}

/** Left alone, rpicam-vid gives 640x480, and a lone width beside a height of 480. */
function pictureSize({ width, height }: Options): { width: number; height: number } {
  if (width === undefined && height === undefined) return { width: 1280, height: 720 };
  // Even, as the chroma of its pictures needs it.
  const even = (length: number) => Math.max(16, 2 * Math.round(length / 2));
  return {
    width: width ?? even(((height as number) * 16) / 9),
    height: height ?? even(((width as number) * 9) / 16),
  };
}

function isInside(roi: string): boolean {
  const [x = 0, y = 0, width = 0, height = 0] = roi.split(",").map(Number);
  const slack = 1e-6;
  return width > 0 && height > 0 && x + width <= 1 + slack && y + height <= 1 + slack;
}

/** What its errors mean (core/rpicam_app.cpp, OpenCamera), in words that help. */
const MEANINGS: readonly (readonly [RegExp, string])[] = [
  [/no cameras available/, "no camera is connected; check the ribbon cable at both ends, with the power off"],
  [/selected camera is not available/, "there is none of this number; see `stillstream devices`"],
  [/failed to acquire camera/, "another program uses the camera; end that first"],
];

function explain(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const meaning = MEANINGS.find(([pattern]) => pattern.test(error.message))?.[1];
  return meaning === undefined ? error : new Error(`${error.message}: ${meaning}`, { cause: error });
}
