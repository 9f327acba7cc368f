import type { Sharp } from "sharp";
import { loadSharp } from "../jpeg/load-sharp.ts";
import { readHeader } from "../jpeg/read-header.ts";
import { blend } from "./draw/blend.ts";
import type { Label } from "./overlay/label.ts";
import type { Plan } from "./transform-plan.ts";

/**
 * Longer transforms are aborted, so that a crafted frame does not block others. Measured
 * 2026-11-21, sharp 0.35: 64 progressive megapixels, rotated, take 2.5 s; small computers are up to
 * ten times slower.
 */
const MAX_SECONDS = 30;

/**
 * Transforms a JPEG as planned, and lays a label on it. Throws if it cannot be read, or takes too
 * long.
 */
export async function transform(jpeg: Uint8Array, plan: Plan, label?: Label): Promise<Buffer> {
  const sharp = await loadSharp();
  // `decodeProblem` judged the frame header: libjpeg must find the same.
  const { width: inputWidth = 0, height: inputHeight = 0 } = readHeader(jpeg) ?? {};
  const limitInputPixels = Math.max(1, inputWidth * inputHeight);
  const image = changed(sharp(jpeg, { failOn: "error", limitInputPixels }), plan);
  const { quality } = plan;
  if (label === undefined) return await limited(image).jpeg({ quality }).toBuffer();
  // sharp's composite works on every pixel (decision 11).
  const { data, info } = await limited(image).raw().toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  blend({ data, width, channels }, label.pixels, label.left, label.top);
  const labelled = sharp(data, { raw: { width, height, channels }, limitInputPixels: false });
  return await limited(inColors(labelled, plan)).jpeg({ quality }).toBuffer();
}

function limited(image: Sharp): Sharp {
  return image.timeout({ seconds: MAX_SECONDS });
}

function changed(frame: Sharp, plan: Plan): Sharp {
  const { crop, resize, cropAfter, rotation } = plan;
  let image = frame;
  if (crop !== undefined) image = image.extract(crop);
  if (resize !== undefined) image = image.resize({ ...resize, fit: "fill" });
  if (cropAfter !== undefined) image = image.extract(cropAfter);
  // Last, since sharp otherwise rotates first and decodes the whole image. It flips before it
  // rotates, and a flip reverses the direction.
  if (rotation.flip) image = image.flop();
  if (rotation.rotate !== 0) image = image.rotate(rotation.flip ? 360 - rotation.rotate : rotation.rotate);
  return inColors(image, plan);
}

function inColors(image: Sharp, { gray }: Plan): Sharp {
  return gray ? image.toColourspace("b-w") : image;
}
