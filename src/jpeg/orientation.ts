/**
 * Exif 2.32, 4.6.4 A, tag 274: 1 as it is, 2 mirrored left to right, 3 half a turn, 4 mirrored top
 * to bottom, 5 mirrored along the diagonal from the upper left, 6 a quarter clockwise, 7 mirrored
 * along the other diagonal, 8 a quarter counterclockwise.
 */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

/**
 * Reads the orientation from an APP1 segment; undefined if it has none.
 *
 * EXIF is a TIFF file after `Exif`; entries have 12 bytes: tag, type, count, value (TIFF 6.0,
 * section 2).
 */
export function readOrientation(payload: Uint8Array): Orientation | undefined {
  if (!EXIF.every((byte, index) => payload[index] === byte)) return undefined;
  const tiff = new DataView(payload.buffer, payload.byteOffset + EXIF.length, payload.byteLength - EXIF.length);
  if (tiff.byteLength < 8) return undefined;
  const isLittle = tiff.getUint16(0) === LITTLE_ENDIAN;
  const directory = tiff.getUint32(4, isLittle);
  if (directory + 2 > tiff.byteLength) return undefined;
  const end = directory + 2 + tiff.getUint16(directory, isLittle) * ENTRY_BYTES;
  for (let entry = directory + 2; entry + ENTRY_BYTES <= Math.min(end, tiff.byteLength); entry += ENTRY_BYTES) {
    if (tiff.getUint16(entry, isLittle) !== ORIENTATION_TAG) continue;
    const value = tiff.getUint16(entry + 8, isLittle);
    return value >= 1 && value <= 8 ? (value as Orientation) : undefined;
  }
  return undefined;
}

const EXIF = Buffer.from("Exif\0\0");
const LITTLE_ENDIAN = 0x4949;
const ORIENTATION_TAG = 0x0112;
const ENTRY_BYTES = 12;
