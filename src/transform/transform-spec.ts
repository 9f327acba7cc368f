import { DECIMAL, integer, oneOf, positive, value } from "../options/option-types.ts";
import { type OverlaySpec, overlayOptions } from "./overlay/overlay-spec.ts";

/** A part of a picture, in fractions of it from 0 to 1; `x` and `y` are its upper left corner. */
export interface Crop {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/**
 * How a picture is to be changed. Absent fields change nothing. A picture is turned as its EXIF orientation says, then
 * rotated, flipped, cropped, sized and written on, in this order: every field speaks of what the ones before it show.
 */
export interface VariantSpec extends OverlaySpec {
  /** Pixels of the picture that comes out. It fits inside, and is never enlarged … */
  readonly width?: number | undefined;
  readonly height?: number | undefined;
  /** … unless `exact`: exactly `width` × `height`, stretched and enlarged as needed. With one of them the other follows. */
  readonly fit?: "inside" | "exact" | undefined;
  /** A part of the size that the picture would have else, above 0 and up to 1. */
  readonly scale?: number | undefined;
  /** JPEG quality, 1 to 100. @default 80, where something else has the picture encoded anew */
  readonly quality?: number | undefined;
  /** Degrees clockwise. */
  readonly rotate?: 0 | 90 | 180 | 270 | undefined;
  /** Mirrors left to right (`h`), top to bottom (`v`), or both. */
  readonly flip?: "h" | "v" | "hv" | undefined;
  readonly crop?: Crop | undefined;
  readonly gray?: boolean | undefined;
  /** At most so many pictures a second. Never changes a picture, only drops some. */
  readonly fps?: number | undefined;
  /** Most bytes of a picture: quality, then size, is lowered until it fits. */
  readonly maxBytes?: number | undefined;
}

/** JPEG's own limit: 16 bits for each side (T.81 B.2.2). */
const MAX_SIDE = 65_535;

/** Bare, as in `?gray`, is on. */
const SWITCH = new Map([
  ["", true],
  ["true", true],
  ["1", true],
  ["false", false],
  ["0", false],
]);

/** What a query may ask for, by its name there. */
export const queryOptions = {
  width: integer(1, MAX_SIDE).optional().describe("width in pixels to fit in; pictures are never enlarged"),
  height: integer(1, MAX_SIDE).optional().describe("height in pixels to fit in; pictures are never enlarged"),
  scale: positive(1).optional().describe("a part of the size that pictures would have else"),
  quality: integer(1, 100).optional().describe("JPEG quality"),
  rotate: value("one of 0, 90, 180, 270", (text) =>
    ([0, 90, 180, 270] as const).find((angle) => text === String(angle)),
  )
    .optional()
    .describe("degrees to turn pictures clockwise"),
  flip: oneOf("h", "v", "hv").optional().describe("mirror left to right (h), top to bottom (v) or both (hv)"),
  crop: value("x,y,width,height, each a part of 1 such as 0.25,0,0.5,1, and inside the picture", parseCrop)
    .optional()
    .describe("the part to show: x,y,width,height, each a part of 1"),
  gray: value("true or false", (text) => SWITCH.get(text))
    .optional()
    .describe("without colour"),
  fps: positive(1000).optional().describe("at most so many pictures a second"),
  ...overlayOptions,
};

/** What an output may be told of its pictures: a shape to spread into its options. */
export const variantOptions = {
  ...queryOptions,
  fit: oneOf("inside", "exact").optional().describe("exact stretches and enlarges to exactly width × height"),
};

/** Of options read by `variantOptions`, and perhaps others, those that change pictures. */
export function variantSpecOf(options: VariantSpec): VariantSpec {
  const { width, height, fit, scale, quality, rotate, flip, crop, gray, fps, maxBytes } = options;
  const { overlay, tz, overlayPosition } = options;
  return { width, height, fit, scale, quality, rotate, flip, crop, gray, fps, maxBytes, overlay, tz, overlayPosition };
}

function parseCrop(text: string): Crop | undefined {
  const parts = text.split(",").map((part) => part.trim());
  if (parts.length !== 4 || !parts.every((part) => DECIMAL.test(part))) return undefined;
  const [x, y, width, height] = parts.map(Number) as [number, number, number, number];
  // 0.1 + 0.9 may be a little over 1 in binary.
  const isInside = x + width <= 1 + Number.EPSILON && y + height <= 1 + Number.EPSILON;
  return width > 0 && height > 0 && isInside ? { x, y, width, height } : undefined;
}
