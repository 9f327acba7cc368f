import { hasAtMostQuality } from "../jpeg/quality.ts";
import type { FrameSize, JpegHeader } from "../jpeg/read-header.ts";
import {
  type Area,
  areaBeforeRotation,
  combineRotations,
  type Rotation,
  rotatedSize,
  rotationOf,
  UPRIGHT,
} from "./rotation.ts";
import type { Crop, VariantSpec } from "./transform-spec.ts";

/** sharp's own default. */
const DEFAULT_QUALITY = 80;

export interface Plan {
  readonly crop: Area | undefined;
  readonly resize: FrameSize | undefined;
  readonly rotation: Rotation;
  readonly cropAfter: Area | undefined;
  readonly gray: boolean;
  readonly quality: number;
  readonly size: FrameSize;
}

/**
 * Plans what a spec does to a frame; undefined if nothing. The order is sharp's fastest: it decodes
 * a large JPEG at half its size or less, unless the image is rotated or cropped first. Measured
 * 2026-11-21: 3840×2160 to 640 wide in 17 ms, rotated first 85 ms.
 */
export function planFor(spec: VariantSpec, jpeg: Uint8Array, shape: JpegHeader): Plan | undefined {
  const asked = rotationOf(spec);
  const rotation = combineRotations(UPRIGHT[shape.orientation], asked);
  const upright = rotatedSize(shape, rotation);
  const part = areaOf(upright, spec.crop);
  const size = sizeOf(part, spec);
  const isTurned = asked.rotate !== 0 || asked.flip;
  const isCropped = part.width < upright.width || part.height < upright.height;
  const isResized = size.width !== part.width || size.height !== part.height;
  const isGray = shape.components.length === 1;
  const gray = spec.gray === true || isGray;
  const isSame = !isTurned && !isCropped && !isResized && gray === isGray && spec.overlay === undefined;
  if (isSame && fits(spec, jpeg)) return undefined;
  const rest = { rotation, size, gray, quality: spec.quality ?? DEFAULT_QUALITY };
  const whole = isCropped ? wholeAt(upright, part, size) : undefined;
  if (whole !== undefined) {
    return { ...rest, crop: undefined, resize: rotatedSize(whole.size, rotation), cropAfter: whole.area };
  }
  return {
    ...rest,
    crop: isCropped ? areaBeforeRotation(part, upright, rotation) : undefined,
    resize: isResized ? rotatedSize(size, rotation) : undefined,
    cropAfter: undefined,
  };
}

function fits({ quality, maxBytes }: VariantSpec, jpeg: Uint8Array): boolean {
  if (maxBytes !== undefined && jpeg.length > maxBytes) return false;
  return quality === undefined || hasAtMostQuality(jpeg, quality);
}

/** Edges are rounded, and at least one pixel apart. */
function areaOf({ width, height }: FrameSize, crop: Crop = { x: 0, y: 0, width: 1, height: 1 }): Area {
  const left = Math.min(Math.round(crop.x * width), width - 1);
  const top = Math.min(Math.round(crop.y * height), height - 1);
  return {
    left,
    top,
    width: Math.max(1, Math.min(Math.round((crop.x + crop.width) * width), width) - left),
    height: Math.max(1, Math.min(Math.round((crop.y + crop.height) * height), height) - top),
  };
}

/**
 * From this factor on, sharp decodes at half the size: at exactly 2 it does not trust libjpeg (its
 * issue 3066).
 */
const SHRINK_ON_LOAD = 3;

/** In pixels of the result, if the whole image is sized before it is cropped. */
const MAX_SHIFT = 1 / 8;

/**
 * Sizes the whole image before the crop, so that sharp decodes less; undefined if that gains
 * nothing, or edges would not meet pixels. Measured 2026-11-21: the middle half of 3840×2160 to 640
 * wide in 26 ms instead of 34.
 */
function wholeAt(upright: FrameSize, part: Area, size: FrameSize): { size: FrameSize; area: Area } | undefined {
  const [x, y] = [size.width / part.width, size.height / part.height];
  if (Math.max(x, y) > 1 / SHRINK_ON_LOAD) return undefined;
  const exact = [upright.width * x, upright.height * y, part.left * x, part.top * y];
  const [width, height, left, top] = exact.map(Math.round) as [number, number, number, number];
  if (exact.some((edge) => Math.abs(edge - Math.round(edge)) > MAX_SHIFT)) return undefined;
  return { size: { width, height }, area: { left, top, width: size.width, height: size.height } };
}

/** Rounds as sharp does. */
function sizeOf(frame: FrameSize, spec: VariantSpec): FrameSize {
  const { scale } = spec;
  const size = fittedSize(frame, spec);
  return scale === undefined ? size : scaled(size, scale);
}

function fittedSize(frame: FrameSize, { width, height, fit }: VariantSpec): FrameSize {
  if (fit === "exact" && width !== undefined && height !== undefined) return { width, height };
  const scales: number[] = [];
  if (width !== undefined) scales.push(width / frame.width);
  if (height !== undefined) scales.push(height / frame.height);
  if (fit !== "exact" || scales.length === 0) scales.push(1);
  return scaled(frame, Math.min(...scales));
}

function scaled({ width, height }: FrameSize, scale: number): FrameSize {
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}
