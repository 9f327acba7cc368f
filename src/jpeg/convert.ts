import { isBmp, readBmp } from "./bmp.ts";
import { MAX_PICTURE_BYTES } from "./split.ts";
import { wholeJpeg } from "./whole.ts";

/** JPEG quality of converted pictures, 1 to 100: differences to the original are hard to see above it. */
const QUALITY = 90;

const MEGABYTES = MAX_PICTURE_BYTES / 1024 / 1024;

/**
 * Makes one whole JPEG of a picture in any format sharp reads, or a BMP, at `quality` 1 to 100: a JPEG passes as it is, cut
 * behind its end.
 *
 * Throws when the picture is half-written, damaged, too large or no picture. sharp is loaded with the first one that
 * needs it.
 */
export async function toJpeg(picture: Uint8Array, quality = QUALITY): Promise<Uint8Array> {
  if (picture[0] === 0xff && picture[1] === 0xd8) {
    const found = wholeJpeg(Buffer.from(picture.buffer, picture.byteOffset, picture.byteLength));
    if ("reason" in found) throw new Error(`it is not a whole JPEG of up to ${MEGABYTES} MB`);
    return found.jpeg;
  }
  const { default: sharp } = await import("sharp");
  if (isBmp(picture)) {
    const { width, height, rgb } = readBmp(picture);
    return sharp(rgb, { raw: { width, height, channels: 3 } })
      .jpeg({ quality })
      .toBuffer();
  }
  return sharp(picture).autoOrient().jpeg({ quality }).toBuffer();
}
