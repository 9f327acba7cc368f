import { z } from "zod";
import { decimal, flag, integer, matching, oneOf, positive, text } from "../../options/option-types.ts";

/** The default first. */
export const EXPOSURES = ["normal", "sport", "long"] as const;
export const AWBS = [
  "auto",
  "incandescent",
  "tungsten",
  "fluorescent",
  "indoor",
  "daylight",
  "cloudy",
  "custom",
] as const;
export const DENOISES = ["auto", "off", "cdn_off", "cdn_fast", "cdn_hq"] as const;
export const ROTATIONS = ["0", "180"] as const;

export const DEFAULT_FPS = 30;

/** Four parts of 1; the last two are above 0. */
const PART = /^(0|1|0?\.\d{1,6}|[01]\.\d{1,6})(,(0|1|0?\.\d{1,6}|[01]\.\d{1,6})){3}$/;

/*
 * Words, ranges and units of
 * https://www.raspberrypi.com/documentation/computers/camera_software.html ("Common options",
 * "Camera control options", "Video options") and rpicam-apps' core/options.cpp and
 * core/video_options.hpp, read on 2026-11-21. Undocumented upper ends are those of options.cpp
 * (15.99, clamped there), or beyond any sensor's.
 */
export const rpicamOptions = z.strictObject({
  address: integer(0, 15).prefault(0).describe("camera number, as `stillstream devices` lists it"),
  width: integer(16, 16384).optional().describe("width in pixels (1280); alone, the height keeps 16:9"),
  height: integer(16, 16384).optional().describe("height in pixels (720); alone, the width keeps 16:9"),
  fps: positive(240).optional().describe("frames per second, up to the sensor's limit (30)"),
  quality: integer(1, 100).prefault(80).describe("JPEG quality"),
  rotation: oneOf(...ROTATIONS)
    .prefault("0")
    .describe("rotation in degrees"),
  hflip: flag().prefault(false).describe("mirror left to right"),
  vflip: flag().prefault(false).describe("mirror top to bottom"),
  exposure: oneOf(...EXPOSURES)
    .optional()
    .describe("exposure mode: sport for short exposures with more gain, long for long ones"),
  shutter: integer(1, 700_000_000).optional().describe("fixed exposure time in microseconds"),
  gain: positive(1000).optional().describe("fixed gain, analog and digital together"),
  ev: decimal(-10, 10).optional().describe("exposure compensation in stops"),
  awb: oneOf(...AWBS)
    .optional()
    .describe("white balance"),
  denoise: oneOf(...DENOISES)
    .optional()
    .describe("noise reduction; cdn_hq is slow"),
  brightness: decimal(-1, 1).optional().describe("brightness; 0 is normal"),
  contrast: decimal(0, 15.99).optional().describe("contrast; 1 is normal"),
  saturation: decimal(0, 15.99).optional().describe("saturation; 0 is gray, 1 is normal"),
  sharpness: decimal(0, 15.99).optional().describe("sharpness; 0 is none, 1 is normal"),
  roi: matching(PART, "x,y,width,height, each a part of 1, such as 0.25,0.25,0.5,0.5")
    .refine(
      isInside,
      "must be x,y,width,height of a region that is not empty and ends within 1, such as 0.25,0.25,0.5,0.5",
    )
    .optional()
    .describe("region of the sensor: x,y,width,height, each a part of 1"),
  tuning: text("the path of a tuning file").optional().describe("path of a camera tuning file"),
});

export type RpicamOptions = z.output<typeof rpicamOptions>;

/**
 * Returns the arguments of both programs.
 *
 * The value of `verbose` is optional, and counts only in the same word (implicit_value in
 * core/options.cpp, and Boost's documentation). At 0 the program writes only errors.
 */
export function rpicamArguments(options: RpicamOptions): string[] {
  const { width, height } = pictureSize(options);
  const { address, fps, quality, rotation, hflip, vflip, tuning } = options;
  const { exposure, shutter, gain, ev, awb, denoise, brightness, contrast, saturation, sharpness, roi } = options;
  const given = { exposure, shutter, gain, ev, awb, denoise, brightness, contrast, saturation, sharpness, roi };
  return [
    ["--camera", address, "--codec", "mjpeg", "--output", "-", "--timeout", 0, "--nopreview", "--flush", "--verbose=0"],
    ["--width", width, "--height", height, "--quality", quality],
    // Without a rate it is 30, and the first frame comes sooner: for a rate, every mode is set up
    // in turn (core/rpicam_app.cpp, OpenCamera).
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

/** rpicam-vid's default is 640x480; one side alone keeps the other's. */
export function pictureSize({ width, height }: RpicamOptions): { width: number; height: number } {
  if (width === undefined && height === undefined) return { width: 1280, height: 720 };
  // Chroma needs even sides.
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
