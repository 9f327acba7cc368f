import { toJpeg } from "../jpeg/convert/convert.ts";
import { ImageError } from "../jpeg/convert/image-converter.ts";
import { imageFormatOf, isJpeg, isWholeImage, MAGIC_BYTES } from "../jpeg/convert/image-format.ts";
import { MAX_FRAME_BYTES } from "../jpeg/split.ts";
import { type WholeJpegOptions, wholeJpeg } from "../jpeg/whole.ts";

export { isJpeg, MAGIC_BYTES } from "../jpeg/convert/image-format.ts";

export const MAX_IMAGE_MEGABYTES = MAX_FRAME_BYTES / 1024 / 1024;

/** Reports why an image is unreadable, as a sentence. */
export class ReadImageError extends Error {
  override readonly name = "PictureError";
  readonly kind: ImageError["kind"];

  constructor(kind: ReadImageError["kind"], message: string) {
    super(message);
    this.kind = kind;
  }
}

export function imageTooLarge(): ReadImageError {
  return new ReadImageError("large", `The image is over ${MAX_IMAGE_MEGABYTES} MB. Send a smaller one.`);
}

/** Returns whether `MAGIC_BYTES` tell another format. */
export function isOtherImage(bytes: Uint8Array): boolean {
  return imageFormatOf(bytes.subarray(0, MAGIC_BYTES)) !== undefined;
}

/**
 * Reads one image as a JPEG. @throws ReadImageError if it is of unknown format, incomplete, or too
 * large.
 */
export async function readImage(bytes: Uint8Array): Promise<Uint8Array> {
  if (bytes.length > MAX_FRAME_BYTES) throw imageTooLarge();
  try {
    return await toJpeg(bytes);
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    const { kind, message } = error;
    if (kind === "format") {
      const wanted = "Send a JPEG, PNG, WebP, GIF, BMP, TIFF or AVIF";
      throw new ReadImageError(kind, `The image has an unknown format. ${wanted}.`);
    }
    throw new ReadImageError(kind, `The image cannot be read: ${message}.`);
  }
}

export type WholeImage = { readonly image: Buffer } | { readonly reason: string };

/** Takes a whole image, as a view; cuts a JPEG behind its end. Checks only wholeness. */
export function wholeImage(bytes: Buffer, options: WholeJpegOptions = {}): WholeImage {
  if (isJpeg(bytes)) {
    const found = wholeJpeg(bytes, options);
    return "jpeg" in found ? { image: found.jpeg } : found;
  }
  if (isWholeImage(bytes)) return { image: bytes };
  const isImage = imageFormatOf(bytes.subarray(0, MAGIC_BYTES)) !== undefined;
  return { reason: isImage ? "A frame is incomplete" : "The data is no image" };
}
