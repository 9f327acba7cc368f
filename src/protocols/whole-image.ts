import { imageFormatOf, isJpeg, isWholeImage, MAGIC_BYTES } from "../jpeg/convert/image-format.ts";
import { type WholeJpegOptions, wholeJpeg } from "../jpeg/whole.ts";

/** The picture that bytes hold, whole, or why they hold none. */
export type WholeImage = { readonly picture: Buffer } | { readonly reason: string };

/**
 * Takes the picture that bytes begin with: a JPEG, cut behind its end, or an image of another format that is converted. It
 * is a view. That it is whole is all that is looked at, as far as its format tells.
 */
export function wholeImage(bytes: Buffer, options: WholeJpegOptions = {}): WholeImage {
  if (isJpeg(bytes)) {
    const found = wholeJpeg(bytes, options);
    return "jpeg" in found ? { picture: found.jpeg } : found;
  }
  if (isWholeImage(bytes)) return { picture: bytes };
  const isImage = imageFormatOf(bytes.subarray(0, MAGIC_BYTES)) !== undefined;
  return { reason: isImage ? "A picture is not whole" : "What came is no picture" };
}
