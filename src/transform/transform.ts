import type { Sharp } from "sharp";
import { loadSharp } from "../jpeg/load-sharp.ts";
import { readHeader } from "../jpeg/read-header.ts";
import { blend } from "./draw/blend.ts";
import type { Label } from "./overlay/label.ts";
import type { Plan } from "./transform-plan.ts";

/**
 * A picture that takes longer is given up, in seconds, so that a crafted one does not hold up all others. One of 64
 * megapixels, turned, takes 2.5 here (progressive; sharp 0.35, 2026-11-21), and small computers are up to ten times as slow.
 */
const MAX_SECONDS = 30;

/**
 * Changes a JPEG as planned, and lays a label on what comes out. Throws when it cannot be read, or takes too long; one that
 * is damaged inside, as webcams give now and then, comes out as a browser would show it.
 */
export async function transform(jpeg: Uint8Array, plan: Plan, label?: Label): Promise<Buffer> {
  const sharp = await loadSharp();
  // The frame header was judged by `decodeProblem`: libjpeg must find the same.
  const { width: inputWidth = 0, height: inputHeight = 0 } = readHeader(jpeg) ?? {};
  const limitInputPixels = Math.max(1, inputWidth * inputHeight);
  const image = changed(sharp(jpeg, { failOn: "error", limitInputPixels }), plan);
  const { quality } = plan;
  if (label === undefined) return await limited(image).jpeg({ quality }).toBuffer();
  // In pixels of our own, since sharp's composite works on every pixel of the picture (docs/contribute/decisions/0011).
  const { data, info } = await limited(image).raw().toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  blend({ data, width, channels }, label.pixels, label.left, label.top);
  const labelled = sharp(data, { raw: { width, height, channels }, limitInputPixels: false });
  return await limited(inColours(labelled, plan)).jpeg({ quality }).toBuffer();
}

function limited(image: Sharp): Sharp {
  return image.timeout({ seconds: MAX_SECONDS });
}

function changed(picture: Sharp, plan: Plan): Sharp {
  const { crop, resize, cropAfter, rotation } = plan;
  let image = picture;
  if (crop !== undefined) image = image.extract(crop);
  if (resize !== undefined) image = image.resize({ ...resize, fit: "fill" });
  if (cropAfter !== undefined) image = image.extract(cropAfter);
  // After these two: sharp takes it for a wish to turn first, and decodes all of the picture, when it is told before.
  // It flips before it rotates, and what is flipped turns the other way round.
  if (rotation.flip) image = image.flop();
  if (rotation.rotate !== 0) image = image.rotate(rotation.flip ? 360 - rotation.rotate : rotation.rotate);
  return inColours(image, plan);
}

function inColours(image: Sharp, { gray }: Plan): Sharp {
  return gray ? image.toColourspace("b-w") : image;
}
