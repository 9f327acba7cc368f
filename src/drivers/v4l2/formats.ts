import { FMTDESC, FRMIVALENUM, FRMSIZEENUM, type RequestName, V4L2 } from "./abi.ts";
import type { Device } from "./device.ts";
import { fourcc, fourccName, Struct } from "./struct.ts";

export interface Format {
  /** Such as `MJPG`. */
  readonly fourcc: string;
  readonly description: string;
  /** Empty if the driver lists none. */
  readonly sizes: readonly Size[];
}

/** `max…` differ in a range. */
export interface Size {
  readonly width: number;
  readonly height: number;
  readonly maxWidth: number;
  readonly maxHeight: number;
  readonly stepWidth: number;
  readonly stepHeight: number;
  /** At the largest size of a range. */
  readonly rates: readonly Rate[];
}

/** In fps; `max` differs in a range. */
export interface Rate {
  readonly fps: number;
  readonly max: number;
}

/** Bounds a faulty driver's list. */
const MAX_ENTRIES = 256;

/** Reads VIDIOC_ENUM_FMT, VIDIOC_ENUM_FRAMESIZES and VIDIOC_ENUM_FRAMEINTERVALS. */
export async function readFormats(device: Device): Promise<Format[]> {
  const formats: Format[] = [];
  const type = V4L2.BUF_TYPE_VIDEO_CAPTURE;
  for await (const entry of entries(device, "ENUM_FMT", (index) => new Struct(FMTDESC, { index, type }))) {
    const name = fourccName(entry.get("pixelformat"));
    const sizes = await readSizes(device, entry.get("pixelformat"));
    formats.push({ fourcc: name, description: entry.text("description", 32), sizes });
  }
  return formats;
}

async function readSizes(device: Device, pixel_format: number): Promise<Size[]> {
  const sizes: Size[] = [];
  const ask = (index: number) => new Struct(FRMSIZEENUM, { index, pixel_format });
  for await (const entry of entries(device, "ENUM_FRAMESIZES", ask)) {
    const isOne = entry.get("type") === V4L2.FRMSIZE_TYPE_DISCRETE;
    const range = isOne ? discreteSize(entry) : sizeRange(entry);
    sizes.push({ ...range, rates: await readRates(device, pixel_format, range.maxWidth, range.maxHeight) });
    // VIDIOC_ENUM_FRAMESIZES: a range is the only entry.
    if (!isOne) break;
  }
  return sizes;
}

function discreteSize(entry: Struct<keyof typeof FRMSIZEENUM.fields>): Omit<Size, "rates"> {
  const width = entry.get("discrete.width");
  const height = entry.get("discrete.height");
  return { width, height, maxWidth: width, maxHeight: height, stepWidth: 1, stepHeight: 1 };
}

/** A continuous range has steps of 1. */
function sizeRange(entry: Struct<keyof typeof FRMSIZEENUM.fields>): Omit<Size, "rates"> {
  return {
    width: entry.get("stepwise.min_width"),
    height: entry.get("stepwise.min_height"),
    maxWidth: entry.get("stepwise.max_width"),
    maxHeight: entry.get("stepwise.max_height"),
    stepWidth: Math.max(1, entry.get("stepwise.step_width")),
    stepHeight: Math.max(1, entry.get("stepwise.step_height")),
  };
}

async function readRates(device: Device, pixel_format: number, width: number, height: number): Promise<Rate[]> {
  const rates: Rate[] = [];
  const ask = (index: number) => new Struct(FRMIVALENUM, { index, pixel_format, width, height });
  for await (const entry of entries(device, "ENUM_FRAMEINTERVALS", ask)) {
    if (entry.get("type") === V4L2.FRMIVAL_TYPE_DISCRETE) {
      const fps = perSecond(entry.get("discrete.numerator"), entry.get("discrete.denominator"));
      rates.push({ fps, max: fps });
      continue;
    }
    const slowest = perSecond(entry.get("stepwise.max.numerator"), entry.get("stepwise.max.denominator"));
    const fastest = perSecond(entry.get("stepwise.min.numerator"), entry.get("stepwise.min.denominator"));
    rates.push({ fps: slowest, max: fastest });
    break;
  }
  return rates;
}

async function* entries<Field extends string>(
  device: Device,
  request: RequestName,
  ask: (index: number) => Struct<Field>,
): AsyncGenerator<Struct<Field>, undefined> {
  for (let index = 0; index < MAX_ENTRIES; index++) {
    const entry = ask(index);
    if (!(await device.has(request, entry))) return;
    yield entry;
  }
}

/** Converts an interval in seconds to a rate; 0 for the 0/0 of a driver that does not know. */
export function perSecond(numerator: number, denominator: number): number {
  return numerator === 0 ? 0 : denominator / numerator;
}

/** Converts a rate to an interval: 29.97 is 1001/30000. */
export function interval(fps: number): { numerator: number; denominator: number } {
  for (const numerator of [1, 1001, 100]) {
    const denominator = Math.round(fps * numerator);
    if (denominator > 0 && Math.abs(denominator / numerator - fps) < fps * 1e-5) return { numerator, denominator };
  }
  return { numerator: 100_000, denominator: Math.max(1, Math.round(fps * 100_000)) };
}

/** V4L2_PIX_FMT_MJPEG and V4L2_PIX_FMT_JPEG. */
export const JPEG_FORMATS: readonly string[] = ["MJPG", "JPEG"];

export function isJpeg(pixelFormat: number): boolean {
  return JPEG_FORMATS.some((name) => fourcc(name) === pixelFormat);
}
