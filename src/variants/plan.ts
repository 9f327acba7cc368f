import type { JpegHeader, PictureSize } from "../jpeg/header.ts";
import type { Orientation } from "../jpeg/orientation.ts";
import { type Turn, turnOf } from "./key.ts";
import type { Crop, VariantSpec } from "./spec.ts";

/** JPEG quality where a spec does not say, 1 to 100: sharp's own. */
const DEFAULT_QUALITY = 80;

/** What is to be done to one picture, in this order and in pixels of the picture as it is stored. */
export interface Plan {
  readonly crop:
    | { readonly left: number; readonly top: number; readonly width: number; readonly height: number }
    | undefined;
  /** The size to bring it to before it is turned; undefined where it stays. */
  readonly resize: PictureSize | undefined;
  readonly turn: Turn;
  readonly gray: boolean;
  readonly quality: number;
  /** The size that comes out. */
  readonly size: PictureSize;
}

/**
 * What a spec does to a picture; undefined when it changes nothing of it. Everything is turned last, since sharp then
 * decodes a large JPEG at half its size or less where that is enough, which it does not for a picture turned first.
 */
export function planFor(spec: VariantSpec, jpeg: Uint8Array, header: JpegHeader): Plan | undefined {
  const asked = turnOf(spec);
  const turn = then(TURNS[header.orientation], asked);
  const stored = { width: header.width, height: header.height };
  const upright = turned(stored, turn);
  const part = cropOf(upright, spec.crop);
  const size = sizeOf(part, spec);
  const isCropped = part.width < upright.width || part.height < upright.height;
  const isResized = size.width !== part.width || size.height !== part.height;
  const isTurned = asked.rotate !== 0 || asked.flip;
  const isGrayed = spec.gray === true && header.components !== 1;
  const isTooBig = spec.maxBytes !== undefined && jpeg.length > spec.maxBytes;
  if (!isCropped && !isResized && !isTurned && !isGrayed && spec.quality === undefined && !isTooBig) return undefined;
  return {
    crop: isCropped ? beforeTurn(part, upright, turn) : undefined,
    resize: isResized ? turned(size, turn) : undefined,
    turn,
    gray: spec.gray === true,
    quality: spec.quality ?? DEFAULT_QUALITY,
    size,
  };
}

/** How each EXIF orientation is turned upright. */
const TURNS: Readonly<Record<Orientation, Turn>> = {
  1: { rotate: 0, flip: false },
  2: { rotate: 0, flip: true },
  3: { rotate: 180, flip: false },
  4: { rotate: 180, flip: true },
  5: { rotate: 90, flip: true },
  6: { rotate: 90, flip: false },
  7: { rotate: 270, flip: true },
  8: { rotate: 270, flip: false },
};

/** Two turns in one. What is flipped turns the other way round. */
function then(first: Turn, second: Turn): Turn {
  const rotate = first.flip ? first.rotate - second.rotate : first.rotate + second.rotate;
  return { rotate: ((rotate + 360) % 360) as Turn["rotate"], flip: first.flip !== second.flip };
}

/** The size of a picture after a turn, and of one before a turn. */
function turned({ width, height }: PictureSize, { rotate }: Turn): PictureSize {
  return rotate % 180 === 0 ? { width, height } : { width: height, height: width };
}

interface Part extends PictureSize {
  readonly left: number;
  readonly top: number;
}

/** A crop in pixels: its edges are rounded, and at least a pixel apart. */
function cropOf({ width, height }: PictureSize, crop: Crop = { x: 0, y: 0, width: 1, height: 1 }): Part {
  const left = Math.min(Math.round(crop.x * width), width - 1);
  const top = Math.min(Math.round(crop.y * height), height - 1);
  return {
    left,
    top,
    width: Math.max(1, Math.min(Math.round((crop.x + crop.width) * width), width) - left),
    height: Math.max(1, Math.min(Math.round((crop.y + crop.height) * height), height) - top),
  };
}

/** The part of the stored picture that a turn brings to `part` of the turned picture, whose size is given. */
function beforeTurn(part: Part, { width, height }: PictureSize, { rotate, flip }: Turn): Part {
  const left = flip ? width - part.left - part.width : part.left;
  const right = width - left - part.width;
  const bottom = height - part.top - part.height;
  const size = rotate % 180 === 0 ? part : { width: part.height, height: part.width };
  const corner = {
    0: { left, top: part.top },
    90: { left: part.top, top: right },
    180: { left: right, top: bottom },
    270: { left: bottom, top: left },
  }[rotate];
  return { ...corner, width: size.width, height: size.height };
}

/** The size a spec brings a picture to, in pixels, rounded as sharp rounds. */
function sizeOf(picture: PictureSize, { width, height, fit }: VariantSpec): PictureSize {
  if (fit === "exact" && width !== undefined && height !== undefined) return { width, height };
  const scales = [width && width / picture.width, height && height / picture.height].filter(
    (scale) => scale !== undefined,
  );
  const scale = Math.min(...scales, ...(fit === "exact" && scales.length > 0 ? [] : [1]));
  return {
    width: Math.max(1, Math.round(picture.width * scale)),
    height: Math.max(1, Math.round(picture.height * scale)),
  };
}
