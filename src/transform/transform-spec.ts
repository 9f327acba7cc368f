import { DECIMAL, integer, oneOf, positive, value } from "../options/option-types.ts";
import { type OverlaySpec, overlayOptions } from "./overlay/overlay-spec.ts";

/** A part of an image in fractions, 0 to 1; `x` and `y` are its upper left corner. */
export interface Crop {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/**
 * How to change a frame. Absent fields change nothing. Order: EXIF orientation, rotate, flip, crop,
 * size, overlay; each field applies to what the ones before it show.
 */
export interface VariantSpec extends OverlaySpec {
  /** The largest resulting size; images are never enlarged … */
  readonly width?: number | undefined;
  readonly height?: number | undefined;
  /**
   * … except with `exact`: stretched to exactly `width` × `height`; with only one, the other
   * follows.
   */
  readonly fit?: "inside" | "exact" | undefined;
  /** Factor on the size, above 0 and up to 1. */
  readonly scale?: number | undefined;
  /** JPEG quality, 1 to 100. @default 80, if the frame is encoded for another reason */
  readonly quality?: number | undefined;
  readonly rotate?: 0 | 90 | 180 | 270 | undefined;
  /** `h` mirrors left to right, `v` top to bottom. */
  readonly flip?: "h" | "v" | "hv" | undefined;
  readonly crop?: Crop | undefined;
  readonly gray?: boolean | undefined;
  /** Highest frame rate; frames are dropped. */
  readonly fps?: number | undefined;
  /** Largest frame in bytes; quality, then size, is lowered to fit. */
  readonly maxBytes?: number | undefined;
}

/** JPEG's limit: 16 bits per side (T.81 B.2.2). */
const MAX_SIDE = 65_535;

/** `?gray` alone is on. */
const SWITCH = new Map([
  ["", true],
  ["true", true],
  ["1", true],
  ["false", false],
  ["0", false],
]);

/** The parameters of a query. */
export const queryOptions = {
  width: integer(1, MAX_SIDE).optional().describe("largest width in pixels; frames are never enlarged"),
  height: integer(1, MAX_SIDE).optional().describe("largest height in pixels; frames are never enlarged"),
  scale: positive(1).optional().describe("factor on the size, above 0 and up to 1"),
  quality: integer(1, 100).optional().describe("JPEG quality"),
  rotate: value("one of 0, 90, 180, 270", (text) =>
    ([0, 90, 180, 270] as const).find((angle) => text === String(angle)),
  )
    .optional()
    .describe("degrees to rotate clockwise"),
  flip: oneOf("h", "v", "hv").optional().describe("mirror left to right (h), top to bottom (v) or both (hv)"),
  crop: value("x,y,width,height, each a part of 1 such as 0.25,0,0.5,1, and inside the frame", parseCrop)
    .optional()
    .describe("the part to show: x,y,width,height, each a part of 1"),
  gray: value("true or false", (text) => SWITCH.get(text))
    .optional()
    .describe("without colors"),
  fps: positive(1000).optional().describe("highest frame rate"),
  ...overlayOptions,
};

/** The options of an output, to spread into its schema. */
export const variantOptions = {
  ...queryOptions,
  fit: oneOf("inside", "exact").optional().describe("exact stretches and enlarges to exactly width × height"),
};

/** Returns the options that change frames, of an output's options. */
export function variantSpecOf(options: VariantSpec): VariantSpec {
  const { width, height, fit, scale, quality, rotate, flip, crop, gray, fps, maxBytes } = options;
  const { overlay, tz, overlayPosition } = options;
  const frame = { width, height, fit, scale, quality, rotate, flip, crop, gray, fps, maxBytes };
  return { ...frame, overlay, tz, overlayPosition } satisfies Record<keyof VariantSpec, unknown>;
}

function parseCrop(text: string): Crop | undefined {
  const parts = text.split(",").map((part) => part.trim());
  if (parts.length !== 4 || !parts.every((part) => DECIMAL.test(part))) return undefined;
  const [x, y, width, height] = parts.map(Number) as [number, number, number, number];
  // In binary, 0.1 + 0.9 can exceed 1.
  const isInside = x + width <= 1 + Number.EPSILON && y + height <= 1 + Number.EPSILON;
  return width > 0 && height > 0 && isInside ? { x, y, width, height } : undefined;
}
