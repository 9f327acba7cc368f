import { once } from "node:events";
import sharp from "sharp";
import { MAX_FRAME_BYTES } from "../split.ts";
import { readBmp } from "./bmp.ts";
import type { ImageFormat } from "./image-format.ts";
import { readBlocks, writeBlock, writeJson } from "./length-prefixed.ts";

/*
 * The process that decodes images, started by image-converter.ts: pairs of a job and an image in,
 * pairs of an outcome and a JPEG out. Ends with its standard input.
 */

export interface ConvertJob {
  readonly format: ImageFormat;
  /** 1 to 100. */
  readonly quality: number;
  readonly maxBytes: number;
}

/** `none`: a JPEG follows, or the process is ready. */
export type ConvertOutcome =
  | { readonly kind: "none" }
  | { readonly kind: "large"; readonly width: number; readonly height: number; readonly bytes: number }
  | { readonly kind: "memory" }
  | { readonly kind: "damaged"; readonly message: string };

/** 64 MB: a BMP of a snapshot program (webcam/snapshots.ts). */
const MAX_INPUT_BYTES = 4 * MAX_FRAME_BYTES;

/** libvips' decoder classes. All others stay blocked. */
const LOADERS: Readonly<Record<Exclude<ImageFormat, "bmp">, string>> = {
  png: "VipsForeignLoadPng",
  webp: "VipsForeignLoadWebp",
  gif: "VipsForeignLoadNsgif",
  tiff: "VipsForeignLoadTiff",
  heif: "VipsForeignLoadHeif",
  svg: "VipsForeignLoadSvg",
};

/** Bytes a sample by libvips' depth (https://www.libvips.org/API/current/enum.BandFormat.html). */
const DEPTH_BYTES: Readonly<Record<string, number>> = {
  uchar: 1,
  char: 1,
  ushort: 2,
  short: 2,
  uint: 4,
  int: 4,
  float: 4,
  complex: 8,
  double: 8,
  dpcomplex: 16,
};

async function main(): Promise<void> {
  sharp.cache(false);
  sharp.concurrency(1);
  sharp.block({ operation: ["VipsForeignLoad"] });
  // process.exit would wait for the decoding thread.
  process.stdin.once("end", () => process.kill(process.pid, "SIGKILL"));
  writeJson(process.stdout, { kind: "none" } satisfies ConvertOutcome);
  const blocks = readBlocks(process.stdin, MAX_INPUT_BYTES);
  while (true) {
    const { value: job } = await blocks.next();
    const { value: image } = await blocks.next();
    if (job === undefined || image === undefined) return;
    const { outcome, jpeg } = await convert(JSON.parse(job.toString()) as ConvertJob, image);
    writeJson(process.stdout, outcome);
    writeBlock(process.stdout, jpeg);
    if (process.stdout.writableNeedDrain) await once(process.stdout, "drain");
  }
}

const NOTHING = Buffer.alloc(0);

async function convert(job: ConvertJob, image: Buffer): Promise<{ outcome: ConvertOutcome; jpeg: Buffer }> {
  try {
    const result = job.format === "bmp" ? await convertBmp(image, job) : await convertByVips(image, job);
    return Buffer.isBuffer(result) ? { outcome: { kind: "none" }, jpeg: result } : { outcome: result, jpeg: NOTHING };
  } catch (error) {
    const [message = ""] = (error as Error).message.split("\n");
    const isMemory = /out of memory|insufficient memory|allocat|memory limit/i.test((error as Error).message);
    return { outcome: isMemory ? { kind: "memory" } : { kind: "damaged", message }, jpeg: NOTHING };
  }
}

async function convertBmp(image: Buffer, { quality, maxBytes }: ConvertJob): Promise<Buffer | ConvertOutcome> {
  const { width, height, rgb } = readBmp(image);
  if (rgb.length > maxBytes) return { kind: "large", width, height, bytes: rgb.length };
  return await sharp(rgb, { raw: { width, height, channels: 3 }, limitInputPixels: false })
    .jpeg({ quality, optimiseCoding: false })
    .toBuffer();
}

async function convertByVips(
  image: Buffer,
  { format, quality, maxBytes }: ConvertJob & { format: ImageFormat },
): Promise<Buffer | ConvertOutcome> {
  const loader = LOADERS[format as keyof typeof LOADERS];
  sharp.unblock({ operation: [loader] });
  try {
    // The header is read without a limit, so the refusal can tell the size.
    const input = { limitInputPixels: false, pages: 1 };
    const { width, height, channels, depth } = await sharp(image, input).metadata();
    const bytes = width * height * channels * (DEPTH_BYTES[depth] ?? 16);
    if (bytes > maxBytes) return { kind: "large", width, height, bytes };
    // Optimal Huffman tables take 3 more bytes a pixel.
    return await sharp(image, input).autoOrient().jpeg({ quality, optimiseCoding: false }).toBuffer();
  } finally {
    sharp.block({ operation: [loader] });
  }
}

await main();
