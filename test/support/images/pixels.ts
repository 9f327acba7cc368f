import sharp from "sharp";
import { type FrameSize, readHeader } from "../../../src/jpeg/read-header.ts";

/** Returns a JPEG's size in pixels, as stored. */
export function sizeOf(jpeg: Uint8Array): FrameSize | undefined {
  const { width, height } = readHeader(jpeg) ?? {};
  return width === undefined || height === undefined ? undefined : { width, height };
}

/** A decoded image: `channels` bytes a pixel, row by row. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: Buffer;
}

/** Decodes a JPEG to three channels, as stored, whatever its orientation. */
export async function decode(jpeg: Uint8Array): Promise<Pixels> {
  const image = sharp(jpeg).toColourspace("srgb").removeAlpha();
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, channels: info.channels, data };
}

/**
 * Returns gray noise, the same for the same seed. A pixel out of place shows, and JPEG of quality
 * 100 keeps nearly all of it.
 */
export async function noiseImage(
  width: number,
  height: number,
  { seed = 1, orientation, quality = 100 }: { seed?: number; orientation?: number; quality?: number } = {},
): Promise<Buffer> {
  const data = Buffer.alloc(width * height * 3);
  let state = seed;
  for (let pixel = 0; pixel < width * height; pixel++) {
    // Numerical Recipes' linear congruential generator.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    data.fill(state >>> 24, pixel * 3, pixel * 3 + 3);
  }
  const image = sharp(data, { raw: { width, height, channels: 3 } });
  return await (orientation === undefined ? image : image.withMetadata({ orientation })).jpeg({ quality }).toBuffer();
}

/** Returns an image with large shapes and soft edges, like a camera's. */
export async function sceneImage(width: number, height: number, quality = 90): Promise<Buffer> {
  const scene = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
    <linearGradient id="sky" x2="0.3" y2="1"><stop stop-color="#48c"/><stop offset="1" stop-color="#fc9"/></linearGradient>
    <rect width="100%" height="100%" fill="url(#sky)"/>
    <circle cx="${width * 0.3}" cy="${height * 0.4}" r="${height * 0.2}" fill="#e52"/>
    <rect x="${width * 0.6}" y="${height * 0.5}" width="${width * 0.3}" height="${height * 0.4}" fill="#263"/></svg>`;
  return await sharp(Buffer.from(scene)).removeAlpha().jpeg({ quality }).toBuffer();
}

/** Returns the mean and the largest difference of pixels, 0 to 255. Throws if the sizes differ. */
export function difference(a: Pixels, b: Pixels): { mean: number; max: number } {
  if (a.width !== b.width || a.height !== b.height || a.channels !== b.channels) {
    throw new Error(`${a.width}×${a.height}×${a.channels} is not ${b.width}×${b.height}×${b.channels}`);
  }
  let sum = 0;
  let max = 0;
  for (let index = 0; index < a.data.length; index++) {
    const step = Math.abs((a.data[index] as number) - (b.data[index] as number));
    sum += step;
    max = Math.max(max, step);
  }
  return { mean: sum / a.data.length, max };
}

/** Makes an image pixel by pixel: `from` returns the pixel of `source` for (x, y). */
export function rearranged(
  { data, width: stride, channels }: Pixels,
  width: number,
  height: number,
  from: (x: number, y: number) => [x: number, y: number],
): Pixels {
  const out = Buffer.alloc(width * height * channels);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [sourceX, sourceY] = from(x, y);
      const start = (sourceY * stride + sourceX) * channels;
      data.copy(out, (y * width + x) * channels, start, start + channels);
    }
  }
  return { data: out, width, height, channels };
}
