import { writeFile } from "node:fs/promises";
import sharp from "sharp";

const COUNT = 30;
const QUALITY = 74;
/**
 * Standard deviation of the noise. With sharp 0.35 it decides the size: 14 gave 64 KB, 18 gave 82
 * KB, 22 gave 100 KB.
 */
const GRAIN = 17.5;
/**
 * Bytes of a frame of 1280×720; larger frames have as many per pixel. The targets are for frames of
 * 80 KB, and the cost per GB depends on the size of a frame.
 */
const MIN_MEAN = 76_000;
const MAX_MEAN = 84_000;

export interface Frames {
  readonly paths: readonly string[];
  /** Mean size in bytes. */
  readonly mean: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** The size of the bench's camera. */
export const HD: Size = { width: 1280, height: 720 };

/**
 * Draws 30 varied frames in `folder`, as a webcam sends them: 80 KB each at 1280×720. Throws if
 * they are larger or smaller.
 */
export async function makeFrames(folder: string, size: Size = HD): Promise<Frames> {
  const frames = await Promise.all(
    Array.from({ length: COUNT }, async (_, index) => {
      const path = `${folder}/${String(index).padStart(3, "0")}.jpg`;
      const jpeg = await frame(index, size);
      await writeFile(path, jpeg);
      return { path, size: jpeg.length };
    }),
  );
  const mean = frames.reduce((total, { size }) => total + size, 0) / COUNT;
  const relative = (mean * HD.width * HD.height) / (size.width * size.height);
  // No target depends on the size of smaller frames.
  if (size.width >= HD.width && (relative < MIN_MEAN || relative > MAX_MEAN))
    throw new Error(`The pictures have ${Math.round(mean)} bytes: adjust GRAIN`);
  return { paths: frames.map(({ path }) => path), mean };
}

/** Draws a sky, hills and a moving object, with the grain of a sensor. */
async function frame(index: number, { width, height }: Size): Promise<Buffer> {
  const turn = (2 * Math.PI * index) / COUNT;
  const x = width * (0.5 + 0.35 * Math.cos(turn));
  const y = height * (0.45 + 0.25 * Math.sin(turn));
  const hills = Array.from({ length: 33 }, (_, step) => {
    const hill = height * (0.62 + 0.12 * Math.sin(step * 0.7 + turn) + 0.05 * Math.sin(step * 2.3));
    return `${(step * width) / 32},${hill.toFixed(1)}`;
  });
  const scene = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
    <linearGradient id="sky" x2="0.3" y2="1"><stop stop-color="#48c"/><stop offset="1" stop-color="#fc9"/></linearGradient>
    <rect width="100%" height="100%" fill="url(#sky)"/>
    <polygon points="0,${height} ${hills.join(" ")} ${width},${height}" fill="#364"/>
    <circle cx="${x}" cy="${y}" r="90" fill="#e52"/><text x="40" y="90" font-size="56" fill="#fff">${index}</text></svg>`;
  const sigma = GRAIN * (1 + 0.1 * Math.sin(turn * 2));
  const noise = { type: "gaussian", mean: 128, sigma } as const;
  const grain = await sharp({ create: { width, height, channels: 3, background: "#808080", noise } })
    .png({ compressionLevel: 0 })
    .toBuffer();
  return sharp(Buffer.from(scene))
    .composite([{ input: grain, blend: "soft-light" }])
    .removeAlpha()
    .jpeg({ quality: QUALITY })
    .toBuffer();
}
