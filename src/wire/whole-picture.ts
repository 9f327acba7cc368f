import { wholeJpeg } from "../jpeg/whole.ts";

/** The picture that bytes hold, whole, or why they hold none. */
export type WholePicture = { readonly picture: Buffer } | { readonly reason: string };

/** Pictures of more pixels are refused before they take memory: 64 megapixels, as the largest sensors of small computers have. */
const MAX_PIXELS = 2 ** 26;

/** The first bytes of a PNG (ISO/IEC 15948, 5.2), and its last: an empty IEND chunk (11.2.5). */
const PNG_START = Buffer.from("89504e470d0a1a0a", "hex");
const PNG_END = Buffer.from("0000000049454e44ae426082", "hex");

/**
 * Takes the picture that bytes begin with: a JPEG, cut behind its end, or a PNG, which some programs encode instead. It
 * is a view. That it is whole is all that is looked at.
 */
export function wholePicture(bytes: Buffer): WholePicture {
  if (bytes[0] === 0xff && bytes[1] === 0xd8) {
    const found = wholeJpeg(bytes);
    return "jpeg" in found ? { picture: found.jpeg } : found;
  }
  return isPng(bytes) ? wholePng(bytes) : { reason: "What came is no picture" };
}

/** True of bytes that begin as a PNG does. */
export function isPng(bytes: Uint8Array): boolean {
  return PNG_START.equals(bytes.subarray(0, PNG_START.length));
}

function wholePng(bytes: Buffer): WholePicture {
  const isWhole = bytes.length > 33 && PNG_END.equals(bytes.subarray(-PNG_END.length));
  if (!isWhole) return { reason: "A picture is not whole" };
  // The IHDR chunk comes first (5.6): its length and name, then width and height (11.2.1).
  const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
  if (width * height <= MAX_PIXELS) return { picture: bytes };
  return { reason: `A picture of ${width}×${height} pixels is too large` };
}
