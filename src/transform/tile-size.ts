import type { Frame } from "../core/frame.ts";
import { type FrameSize, readHeader } from "../jpeg/read-header.ts";
import { VariantLimitError } from "./encoders.ts";
import { combineRotations, rotatedSize, rotationOf, UPRIGHT } from "./rotation.ts";
import { planFor } from "./transform-plan.ts";
import type { VariantSpec } from "./transform-spec.ts";
import type { Variants } from "./variants.ts";

export interface Tile {
  readonly width: number | undefined;
  readonly height: number | undefined;
}

/** Widths of tiles: few, so that tiles of similar size share an encode. */
const WIDTHS = [160, 320, 480, 640, 960, 1280, 1920, 2560];

/** A larger share of the frame's own width saves less than half of the pixels. */
const WORTH_IT = 0.75;

/**
 * Returns the smallest available spec that shows all the tile's pixels; at last `spec` itself.
 * @throws VariantLimitError if there is no room for `spec` itself.
 */
export function specForTile(variants: Variants, last: Frame | null, spec: VariantSpec, tile: Tile): VariantSpec {
  for (const width of last === null ? [] : widthsFor(sizeOf(spec, last.jpeg), tile)) {
    // The spec's own size is kept: the width is smaller than what it leaves.
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

function widthsFor(frame: FrameSize | undefined, { width, height }: Tile): number[] {
  if (frame === undefined || (width === undefined && height === undefined)) return [];
  const scales = [(width ?? frame.width) / frame.width, (height ?? frame.height) / frame.height];
  const needed = Math.min(...scales) * frame.width;
  return WIDTHS.filter((step) => step >= needed && step <= frame.width * WORTH_IT);
}

/** Undefined if it cannot be read. */
function sizeOf(spec: VariantSpec, jpeg: Uint8Array): FrameSize | undefined {
  const shape = readHeader(jpeg);
  if (shape === undefined) return undefined;
  const plan = planFor(spec, jpeg, shape);
  return plan?.size ?? rotatedSize(shape, combineRotations(UPRIGHT[shape.orientation], rotationOf(spec)));
}
