import { holdsJpeg, withoutThumbnail } from "./exif.ts";
import { APP0 } from "./walk.ts";

/** The last two bytes are the thumbnail's sides (T.871 10.1). */
const JFIF_SIZE = 14;

const JFIF = fourCharacters("JFIF");
const JFXX = fourCharacters("JFXX");
const EXIF = fourCharacters("Exif");

/**
 * Removes a segment's thumbnail. Empty if nothing else is left, or without `keepsRest`; undefined
 * without a thumbnail.
 *
 * Programs that search FF D8 and FF D9 would show a piece of it, as Home Assistant does
 * (extract_image_from_mjpeg in homeassistant/components/mjpeg/camera.py).
 */
export function segmentWithoutThumbnail(
  bytes: Buffer,
  at: number,
  to: number,
  { keepsRest = true } = {},
): Buffer | undefined {
  const code = bytes[at + 1] as number;
  const parameters = keepsRest
    ? parametersWithoutThumbnail(bytes, code, at + 4, to)
    : holdsJpeg(bytes.subarray(at + 4, to))
      ? NOTHING
      : undefined;
  if (parameters === undefined || parameters.length === 0) return parameters;
  const length = parameters.length + 2;
  return Buffer.concat([Buffer.of(0xff, code, length >> 8, length & 0xff), parameters]);
}

function parametersWithoutThumbnail(bytes: Buffer, code: number, from: number, to: number): Buffer | undefined {
  const id = to - from > 4 && bytes[from + 4] === 0 ? bytes.readUInt32BE(from) : 0;
  if (code === APP0 && id === JFIF) return jfifWithoutThumbnail(bytes, from, to);
  // T.871 10.2.
  if (code === APP0 && id === JFXX) return NOTHING;
  const parameters = bytes.subarray(from, to);
  if (code === APP0 + 1 && id === EXIF) return withoutThumbnail(parameters);
  return holdsJpeg(parameters) ? NOTHING : undefined;
}

function jfifWithoutThumbnail(bytes: Buffer, from: number, to: number): Buffer | undefined {
  if (to - from <= JFIF_SIZE) return undefined;
  const sides = from + JFIF_SIZE - 2;
  if ((bytes[sides] === 0 || bytes[sides + 1] === 0) && !holdsJpeg(bytes.subarray(from, to))) return undefined;
  return Buffer.concat([bytes.subarray(from, sides), Buffer.of(0, 0)]);
}

const NOTHING = Buffer.alloc(0);

function fourCharacters(text: string): number {
  return Buffer.from(text, "latin1").readUInt32BE();
}
