import type { Frame } from "../core/frame.ts";
import { type FrameSize, readHeader } from "../jpeg/read-header.ts";
import { VariantLimitError } from "./encoders.ts";
import { combineRotations, rotatedSize, rotationOf, UPRIGHT } from "./rotation.ts";
import { planFor } from "./transform-plan.ts";
import type { VariantSpec } from "./transform-spec.ts";
import type { Variants } from "./variants.ts";

/** What a place on a page can show, in its pixels; undefined where it sets no limit. */
export interface Tile {
  readonly width: number | undefined;
  readonly height: number | undefined;
}

/** Widths that pictures are brought to, in pixels: few, so that tiles of about the same size share an encode. */
const WIDTHS = [160, 320, 480, 640, 960, 1280, 1920, 2560];

/** A width above this part of the picture's own is not worth an encode: it would save less than half of the pixels. */
const WORTH_IT = 0.75;

/**
 * The spec that serves a tile best: pictures as `spec` has them, and no wider than is of use to the tile. Where all variants
 * of the camera are in use, the next larger of those that serves, and at last what `spec` alone asks for. `last` is the
 * camera's last frame, whose size is taken for that of the next; before the first the tile sets nothing.
 * @throws VariantLimitError when the spec alone asks for one transform more than may be in use.
 */
export function specForTile(variants: Variants, last: Frame | null, spec: VariantSpec, tile: Tile): VariantSpec {
  for (const width of last === null ? [] : widthsFor(sizeOf(spec, last.jpeg), tile)) {
    // What the spec says of the size is kept to already: the width is smaller than what it leaves.
    const tiled = { ...spec, width, height: undefined, scale: undefined };
    try {
      variants.of(tiled);
      return tiled;
    } catch (error) {
      if (!(error instanceof VariantLimitError)) throw error;
    }
  }
  variants.of(spec);
  return spec;
}

/** Widths worth an encode at which a picture has all the pixels that a tile can show, the smallest first. */
function widthsFor(picture: FrameSize | undefined, { width, height }: Tile): number[] {
  if (picture === undefined || (width === undefined && height === undefined)) return [];
  const scales = [(width ?? picture.width) / picture.width, (height ?? picture.height) / picture.height];
  const needed = Math.min(...scales) * picture.width;
  return WIDTHS.filter((step) => step >= needed && step <= picture.width * WORTH_IT);
}

/** The size at which a spec shows a picture, in pixels; undefined of one that cannot be read. */
function sizeOf(spec: VariantSpec, jpeg: Uint8Array): FrameSize | undefined {
  const shape = readHeader(jpeg);
  if (shape === undefined) return undefined;
  const plan = planFor(spec, jpeg, shape);
  return plan?.size ?? rotatedSize(shape, combineRotations(UPRIGHT[shape.orientation], rotationOf(spec)));
}
