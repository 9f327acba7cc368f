import { isComplete } from "../complete.ts";
import { MAX_FRAME_BYTES } from "../split.ts";
import { wholeJpeg } from "../whole.ts";
import { ImageConverter } from "./image-converter.ts";
import { ImageError, NeedsMoreMemory } from "./image-error.ts";
import { imageFormatOf, isJpeg } from "./image-format.ts";
import { maxImageMemory } from "./image-memory.ts";

/** JPEG quality of converted pictures, 1 to 100: differences to the original are hard to see above it. */
const QUALITY = 90;

const MEGABYTES = MAX_FRAME_BYTES / 1024 / 1024;

export interface ToJpegOptions {
  /** JPEG quality of a converted image, 1 to 100. @default 90 */
  readonly quality?: number;
  /** True for a file of this machine: only there an SVG is converted, which is a program. @default false */
  readonly isLocal?: boolean;
  /**
   * True for bytes that may break off, such as a half-written file: a JPEG without its end marker is then decoded, to see
   * whether all of its data is there. @default false
   */
  readonly mayBreakOff?: boolean;
  /** Gives up waiting for a conversion when it aborts. */
  readonly signal?: AbortSignal;
}

/**
 * Makes one whole JPEG of an image: a JPEG passes as it is, cut behind its end; a PNG, WebP, GIF, BMP, TIFF or AVIF, of
 * which the first frame counts, is decoded in a process of its own, within limits of memory and time.
 *
 * @throws ImageError when the image is half-written, damaged, too large, or of another format. A decoder that crashes
 * costs that image alone.
 */
export async function toJpeg(picture: Uint8Array, options: ToJpegOptions = {}): Promise<Uint8Array> {
  const { quality = QUALITY, isLocal = false, mayBreakOff = false, signal } = options;
  if (isJpeg(picture)) return await wholeOf(picture, mayBreakOff);
  const format = imageFormatOf(picture);
  if (format === undefined) throw new ImageError("format", "it is no JPEG, PNG, WebP, GIF, BMP, TIFF or AVIF");
  if (format === "svg" && !isLocal)
    throw new ImageError("format", "an SVG is converted from files of this machine alone");
  return await small.convert(picture, format, quality, signal).catch((error: unknown) => {
    if (!(error instanceof NeedsMoreMemory)) throw error;
    return large.convert(picture, format, quality, signal);
  });
}

async function wholeOf(picture: Uint8Array, mayBreakOff: boolean): Promise<Buffer> {
  const bytes = Buffer.from(picture.buffer, picture.byteOffset, picture.byteLength);
  const ended = wholeJpeg(bytes, { needsEnd: true });
  if ("jpeg" in ended) return ended.jpeg;
  const found = wholeJpeg(bytes);
  if ("jpeg" in found && (!mayBreakOff || (await isComplete(found.jpeg)))) return found.jpeg;
  throw new ImageError("damaged", `it is not a whole JPEG of up to ${MEGABYTES} MB`);
}

/** Bytes of a decoded image that counts as small, 32 MB: a 4K frame with an opacity. */
const SMALL_BYTES = 32 * 1024 * 1024;

/*
 * Two for the whole process, which bounds its work. Those who send large images, which take seconds each, hold up one
 * another, and no camera whose frames are small.
 */
const small = new ImageConverter({ maxBytes: () => Math.min(SMALL_BYTES, maxImageMemory()) });
const large = new ImageConverter();
