import { z } from "zod";
import type { ControlValues } from "../../core/controls.ts";
import { integer, matching, oneOf, positive } from "../../options/option-types.ts";
import { ADDRESS } from "../v4l2/list-cameras.ts";
import { nonLinuxAddress } from "./non-linux-camera.ts";

const address =
  process.platform === "linux"
    ? matching(ADDRESS, "a device such as /dev/video0, its number, or a name in /dev/v4l/by-id")
    : nonLinuxAddress;

export const webcamOptions = z.strictObject({
  address: address.optional().describe("device; by default the first"),
  width: integer(16, 8192).optional().describe("width in pixels, or the nearest on offer (1280)"),
  height: integer(16, 8192).optional().describe("height in pixels, or the nearest on offer (720)"),
  fps: positive(240).optional().describe("frames per second, or the nearest on offer (30)"),
  format: oneOf("auto", "mjpeg", "yuyv").prefault("auto").describe("format of the camera; auto prefers JPEG"),
  quality: integer(1, 100).prefault(90).describe("JPEG quality if the camera gives no JPEGs"),
  controls: matching(
    /^[a-z0-9_]{1,64}=-?\d{1,10}(,[a-z0-9_]{1,64}=-?\d{1,10})*$/,
    "names as v4l2-ctl spells them, each with a whole number, such as brightness=128,auto_exposure=1",
  )
    .optional()
    .describe("controls to set, such as brightness=128,auto_exposure=1"),
});

export type WebcamOptions = z.output<typeof webcamOptions>;

/** Returns the given options that not every way to a camera supports. */
export function givenOptions(given: WebcamOptions): string[] {
  const { address: _address, fps: _fps, ...others } = given;
  const defaults: Readonly<Record<string, unknown>> = webcamOptions.parse({});
  return Object.entries(others).flatMap(([name, value]) => (value === defaults[name] ? [] : [name]));
}

export function controlValues({ controls = "" }: WebcamOptions): ControlValues {
  const pairs = controls.split(",").filter((pair) => pair !== "");
  return Object.fromEntries(
    pairs.map((pair) => pair.split("=") as [string, string]).map(([name, value]) => [name, Number(value)]),
  );
}
