import { toJpeg } from "../jpeg/convert.ts";
import { MAX_PICTURE_BYTES } from "../jpeg/split.ts";

/**
 * Pictures of other formats are converted up to this many pixels: above what phones and screens have, and a picture of a
 * few kilobytes may claim 268 million, which took one 9 s and another 18 s of a core (measured 2026-11-21).
 */
const MAX_PIXELS = 64_000_000;

/** What is converted: formats of photographs and screens that sharp's prebuilt library reads. An SVG is a program. */
const CONVERTED = new Set(["png", "webp", "gif", "tiff", "heif"]);

export const MAX_PICTURE_MEGABYTES = MAX_PICTURE_BYTES / 1024 / 1024;

/** A picture that was sent cannot be taken. The message is a sentence for a person. */
export class PictureError extends Error {
  override readonly name = "PictureError";
  /** `large`: over a limit. `format`: nothing we read. `damaged`: of a format we read, and not whole. */
  readonly kind: "large" | "format" | "damaged";

  constructor(kind: PictureError["kind"], message: string) {
    super(message);
    this.kind = kind;
  }
}

export function tooLarge(): PictureError {
  return new PictureError("large", `A picture may have up to ${MAX_PICTURE_MEGABYTES} MB, and this has more.`);
}

/** Whether bytes begin as a JPEG does (T.81 B.2.1). */
export function isJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8;
}

/** How many bytes `isOtherPicture` looks at. */
export const MAGIC_BYTES = 12;

/** Whether bytes begin as a picture of another format that is converted. */
export function isOtherPicture(bytes: Uint8Array): boolean {
  const start = Buffer.from(bytes.subarray(0, MAGIC_BYTES)).toString("latin1");
  // PNG 5.2, RIFF and WebP (RFC 9649 2.4), GIF 87a and 89a, TIFF 6.0 section 2 in either byte order, AVIF (ISO 14496-12 4.3).
  return /^(\x89PNG|RIFF....WEBP|GIF8|II\*\0|MM\0\*|....ftyp(avi[fs]|mif1))/s.test(start);
}

/**
 * One picture as a JPEG: a JPEG as it is, cut behind its end; a PNG, WebP, GIF, TIFF or AVIF converted.
 * @throws PictureError when it is none of these, not whole, or too large.
 */
export async function readPicture(bytes: Uint8Array): Promise<Uint8Array> {
  if (bytes.length > MAX_PICTURE_BYTES) throw tooLarge();
  if (!isJpeg(bytes)) await checkOther(bytes);
  try {
    return await toJpeg(bytes);
  } catch (error) {
    throw new PictureError("damaged", `The picture cannot be read: ${sentence((error as Error).message)}`);
  }
}

/** Throws for what is not to be converted, by its header alone. */
async function checkOther(bytes: Uint8Array): Promise<void> {
  const { format, width, height } = await headerOf(bytes);
  if (format === undefined || !CONVERTED.has(format)) {
    throw new PictureError("format", "This is no picture that can be read; send a JPEG, PNG, WebP, GIF, TIFF or AVIF.");
  }
  if (width * height <= MAX_PIXELS) return;
  const limit = `pictures other than JPEGs may have up to ${MAX_PIXELS / 1e6} million pixels`;
  throw new PictureError("large", `The picture has ${width} × ${height} pixels; ${limit}.`);
}

async function headerOf(bytes: Uint8Array) {
  const { default: sharp } = await import("sharp");
  try {
    return await sharp(bytes, { limitInputPixels: false }).metadata();
  } catch {
    return { format: undefined, width: 0, height: 0 };
  }
}

/** The first line, without a trailing full stop of its own. */
function sentence(message: string): string {
  return `${message.split("\n")[0]?.replace(/\.$/, "")}.`;
}
