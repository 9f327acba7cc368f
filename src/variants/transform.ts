import type { Plan } from "./plan.ts";

/**
 * Pictures of more pixels are refused before they take memory: 64 megapixels, as the largest camera sensors of small
 * computers have (9152×6944), take 200 MB where they are turned.
 */
export const MAX_PIXELS = 2 ** 26;

/**
 * Changes a JPEG as planned. Throws when it cannot be read; one that is damaged inside, as webcams give now and then,
 * comes out as a browser would show it.
 */
export async function transform(jpeg: Uint8Array, plan: Plan): Promise<Buffer> {
  const sharp = await loadSharp();
  const { crop, resize, turn, gray, quality } = plan;
  let image = sharp(jpeg, { failOn: "error", limitInputPixels: MAX_PIXELS });
  if (crop !== undefined) image = image.extract(crop);
  if (resize !== undefined) image = image.resize({ ...resize, fit: "fill" });
  // sharp flips before it rotates, and what is flipped turns the other way round.
  if (turn.flip) image = image.flop();
  if (turn.rotate !== 0) image = image.rotate(turn.flip ? 360 - turn.rotate : turn.rotate);
  if (gray) image = image.toColourspace("b-w");
  return await image.jpeg({ quality }).toBuffer();
}

type Sharp = typeof import("sharp")["default"];

let loaded: Promise<Sharp> | undefined;

/** sharp, loaded with the first picture that needs it. */
export function loadSharp(): Promise<Sharp> {
  loaded ??= import("sharp").then(({ default: sharp }) => {
    // No picture comes twice, so that what libvips remembers of the last ones is memory for nothing.
    sharp.cache(false);
    // One thread for each picture: how many are encoded at a time is for `Slots` to say.
    sharp.concurrency(1);
    return sharp;
  });
  return loaded;
}
