/** The converted formats. SVG, which is a program, only from files of this machine. */
export type ImageFormat = "png" | "webp" | "gif" | "bmp" | "tiff" | "heif" | "svg";

/** The first bytes that tell a format, except SVG. */
export const MAGIC_BYTES = 12;

/** The first bytes searched for SVG's root element, as in libvips (svgload.c). */
const SVG_HEAD_BYTES = 1000;

/**
 * Returns an image's format by its first bytes; undefined for JPEG and unknown formats.
 */
export function imageFormatOf(bytes: Uint8Array): ImageFormat | undefined {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, MAGIC_BYTES)).toString("latin1");
  return MAGIC.find(([, pattern]) => pattern.test(start))?.[0] ?? (isSvg(bytes) ? "svg" : undefined);
}

/** Returns whether bytes begin as a JPEG does (T.81 B.2.1). */
export function isJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8;
}

/**
 * Returns whether an image that is no JPEG is whole, by its length or end marker. TIFF
 * and HEIF have neither, and pass.
 */
export function isWholeImage(bytes: Buffer): boolean {
  const { length } = bytes;
  switch (imageFormatOf(bytes)) {
    case "png":
      return length > 33 && bytes.subarray(-PNG_END.length).equals(PNG_END);
    case "webp":
      // A RIFF length does not count its first 8 bytes (RFC 9649 2.4).
      return length >= 16 && bytes.readUInt32LE(4) + 8 <= length;
    case "gif":
      return bytes[length - 1] === GIF_TRAILER;
    case "bmp":
      return length >= 6 && bytes.readUInt32LE(2) <= length;
    case "tiff":
    case "heif":
      return true;
    default:
      return false;
  }
}

/** PNG's last chunk, which is empty (ISO/IEC 15948 11.2.5). */
const PNG_END = Buffer.from("0000000049454e44ae426082", "hex");
/** GIF89a, 27. */
const GIF_TRAILER = 0x3b;

/**
 * PNG 5.2, RIFF and WebP (RFC 9649 2.4), GIF 87a and 89a, BITMAPFILEHEADER, TIFF 6.0
 * section 2, ISO 14496-12 4.3 (AVIF).
 */
const MAGIC: readonly (readonly [format: ImageFormat, pattern: RegExp])[] = [
  ["png", /^\x89PNG/],
  ["webp", /^RIFF....WEBP/s],
  ["gif", /^GIF8/],
  ["bmp", /^BM.{4}\0{4}/s],
  ["tiff", /^(II\*\0|MM\0\*)/],
  ["heif", /^....ftyp(avi[fs]|mif1)/s],
];

function isSvg(bytes: Uint8Array): boolean {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, SVG_HEAD_BYTES));
  return /<svg[\s>]/i.test(head.toString("latin1"));
}
