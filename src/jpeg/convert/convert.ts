import { isComplete } from "../complete.ts";
import { MAX_FRAME_BYTES } from "../split.ts";
import { wholeJpeg } from "../whole.ts";
import { maxImageMemory } from "./decode-cost.ts";
import { ImageConverter, ImageError, NeedsMoreMemory } from "./image-converter.ts";
import { imageFormatOf, isJpeg } from "./image-format.ts";

/** Above it, differences to the original are hard to see. */
const QUALITY = 90;

const MEGABYTES = MAX_FRAME_BYTES / 1024 / 1024;

export interface ToJpegOptions {
  /** 1 to 100. @default 90 */
  readonly quality?: number;
  /** True for a local file: only then an SVG, which is a program, is converted. @default false */
  readonly isLocal?: boolean;
  /**
   * True for bytes that may be cut, such as a half-written file: checks the data of a JPEG without
   * an end marker. @default false
   */
  readonly mayBreakOff?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * Converts an image to one whole JPEG; decodes other formats in a process, within limits of memory
 * and time. @throws ImageError if the image is incomplete, damaged, too large, or of another
 * format.
 */
export async function toJpeg(image: Uint8Array, options: ToJpegOptions = {}): Promise<Uint8Array> {
  const { quality = QUALITY, isLocal = false, mayBreakOff = false, signal } = options;
  if (isJpeg(image)) return await wholeOf(image, mayBreakOff);
  const format = imageFormatOf(image);
  if (format === undefined) throw new ImageError("format", "it is no JPEG, PNG, WebP, GIF, BMP, TIFF or AVIF");
  if (format === "svg" && !isLocal)
    throw new ImageError("format", "an SVG is converted only from files of this machine");
  return await small.convert(image, format, quality, signal).catch((error: unknown) => {
    if (!(error instanceof NeedsMoreMemory)) throw error;
    return large.convert(image, format, quality, signal);
  });
}

async function wholeOf(image: Uint8Array, mayBreakOff: boolean): Promise<Buffer> {
  const bytes = Buffer.from(image.buffer, image.byteOffset, image.byteLength);
  const ended = wholeJpeg(bytes, { needsEnd: true });
  if ("jpeg" in ended) return ended.jpeg;
  const found = wholeJpeg(bytes);
  if ("jpeg" in found && (!mayBreakOff || (await isComplete(found.jpeg)))) return found.jpeg;
  throw new ImageError("damaged", `it is not a whole JPEG of up to ${MEGABYTES} MB`);
}

/** A 4K frame with alpha. */
const SMALL_BYTES = 32 * 1024 * 1024;

/* Large images, which take seconds each, must not hold up cameras with small frames. */
const small = new ImageConverter({ maxBytes: () => Math.min(SMALL_BYTES, maxImageMemory()) });
const large = new ImageConverter();
