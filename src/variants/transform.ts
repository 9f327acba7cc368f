import type { Plan } from "./plan.ts";
import { loadSharp } from "./sharp.ts";

/**
 * Pictures of more pixels are refused before they take memory: 64 megapixels, as the largest camera sensors for small
 * computers have (9152×6944), take 200 MB where they are turned.
 */
export const MAX_PIXELS = 2 ** 26;

/**
 * A picture that takes longer is given up, in seconds, lest a crafted one hold up all others. One of 64 megapixels, turned,
 * takes 2.5 here (progressive; sharp 0.35, 2026-11-21), and small computers are up to ten times as slow.
 */
const MAX_SECONDS = 30;

/**
 * Changes a JPEG as planned. Throws when it cannot be read, or takes too long; one that is damaged inside, as webcams give now and then,
 * comes out as a browser would show it.
 */
export async function transform(jpeg: Uint8Array, plan: Plan): Promise<Buffer> {
  const sharp = await loadSharp();
  const { crop, resize, cropAfter, turn, gray, quality } = plan;
  let image = sharp(jpeg, { failOn: "error", limitInputPixels: MAX_PIXELS }).timeout({ seconds: MAX_SECONDS });
  if (crop !== undefined) image = image.extract(crop);
  if (resize !== undefined) image = image.resize({ ...resize, fit: "fill" });
  if (cropAfter !== undefined) image = image.extract(cropAfter);
  // After these two: sharp takes it for a wish to turn first, and decodes all of the picture, when it is told before.
  // It flips before it rotates, and what is flipped turns the other way round.
  if (turn.flip) image = image.flop();
  if (turn.rotate !== 0) image = image.rotate(turn.flip ? 360 - turn.rotate : turn.rotate);
  if (gray) image = image.toColourspace("b-w");
  return await image.jpeg({ quality }).toBuffer();
}
