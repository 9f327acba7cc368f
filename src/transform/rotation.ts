import type { Orientation } from "../jpeg/orientation.ts";
import type { FrameSize } from "../jpeg/read-header.ts";
import type { VariantSpec } from "./transform-spec.ts";

export interface Area extends FrameSize {
  readonly left: number;
  readonly top: number;
}

/** A clockwise rotation, then perhaps a flip left to right. */
export interface Rotation {
  readonly rotate: 0 | 90 | 180 | 270;
  readonly flip: boolean;
}

/** Turns each EXIF orientation upright. */
export const UPRIGHT: Readonly<Record<Orientation, Rotation>> = {
  1: { rotate: 0, flip: false },
  2: { rotate: 0, flip: true },
  3: { rotate: 180, flip: false },
  4: { rotate: 180, flip: true },
  5: { rotate: 90, flip: true },
  6: { rotate: 90, flip: false },
  7: { rotate: 270, flip: true },
  8: { rotate: 270, flip: false },
};

export function rotationOf({ rotate, flip }: VariantSpec): Rotation {
  // A vertical flip is a horizontal one and half a turn.
  const half = flip === "v" || flip === "hv" ? 180 : 0;
  return { rotate: angle((rotate ?? 0) + half), flip: flip === "h" || flip === "v" };
}

/** Combines two rotations. A flip reverses the second one's direction. */
export function combineRotations(first: Rotation, second: Rotation): Rotation {
  const rotate = first.flip ? first.rotate - second.rotate : first.rotate + second.rotate;
  return { rotate: angle(rotate), flip: first.flip !== second.flip };
}

export function rotatedSize({ width, height }: FrameSize, { rotate }: Rotation): FrameSize {
  return rotate % 180 === 0 ? { width, height } : { width: height, height: width };
}

/** Returns the area that a rotation brings to `area` of the rotated image, whose size is given. */
export function areaBeforeRotation(area: Area, { width, height }: FrameSize, rotation: Rotation): Area {
  const left = rotation.flip ? width - area.left - area.width : area.left;
  const right = width - left - area.width;
  const bottom = height - area.top - area.height;
  const corner = {
    0: { left, top: area.top },
    90: { left: area.top, top: right },
    180: { left: right, top: bottom },
    270: { left: bottom, top: left },
  }[rotation.rotate];
  return { ...corner, ...rotatedSize(area, rotation) };
}

function angle(degrees: number): Rotation["rotate"] {
  return ((degrees + 360) % 360) as Rotation["rotate"];
}
