import { toJpeg } from "../jpeg/convert/convert.ts";
import { ImageError } from "../jpeg/convert/image-error.ts";
import { imageFormatOf, MAGIC_BYTES } from "../jpeg/convert/image-format.ts";
import { MAX_FRAME_BYTES } from "../jpeg/split.ts";

export { isJpeg, MAGIC_BYTES } from "../jpeg/convert/image-format.ts";

export const MAX_IMAGE_MEGABYTES = MAX_FRAME_BYTES / 1024 / 1024;

/** A picture that was sent cannot be taken. The message is a sentence for a person. */
export class ReadImageError extends Error {
  override readonly name = "PictureError";
  /** As of an ImageError. */
  readonly kind: ImageError["kind"];

  constructor(kind: ReadImageError["kind"], message: string) {
    super(message);
    this.kind = kind;
  }
}

export function imageTooLarge(): ReadImageError {
  return new ReadImageError("large", `A picture may have up to ${MAX_IMAGE_MEGABYTES} MB, and this has more.`);
}

/** Whether bytes begin as a picture of another format than JPEG does; `MAGIC_BYTES` of them tell. */
export function isOtherImage(bytes: Uint8Array): boolean {
  return imageFormatOf(bytes.subarray(0, MAGIC_BYTES)) !== undefined;
}

/**
 * One picture as a JPEG: a JPEG as it is, cut behind its end; other formats converted as `toJpeg` does.
 * @throws PictureError when it is of no format we read, not whole, or too large.
 */
export async function readImage(bytes: Uint8Array): Promise<Uint8Array> {
  if (bytes.length > MAX_FRAME_BYTES) throw imageTooLarge();
  try {
    return await toJpeg(bytes);
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    const { kind, message } = error;
    if (kind === "format") {
      const wanted = "send a JPEG, PNG, WebP, GIF, BMP, TIFF or AVIF";
      throw new ReadImageError(kind, `This is no picture that can be read; ${wanted}.`);
    }
    throw new ReadImageError(kind, `The picture cannot be read: ${message}.`);
  }
}
