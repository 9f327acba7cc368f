/** The start of an APP2 segment (CIPA DC-007, 5.2.1). */
const MPF = Buffer.from("MPF\0");

/** The index's tag, and an entry's length (CIPA DC-007, 5.2.3). */
const ENTRIES = 0xb002;
const ENTRY_BYTES = 16;

/** Phones write 2 or 3 images a file, panorama cameras some tens. */
const MAX_PICTURES = 64;

/** Adobe's and Android's in XMP, and ISO 21496-1's in APP2. */
const GAIN_MAP_MARKS = ["hdrgm:", "urn:iso:std:iso:ts:21496:-1"].map((text) => Buffer.from(text));

/**
 * Reads the lengths of the images that follow a JPEG in its file (CIPA DC-007, "Multi-Picture
 * Format"); undefined without an index. Ignores offsets, which go wrong when a program adds a
 * segment.
 */
export function followingLengths(header: Buffer): number[] | undefined {
  const at = header.indexOf(MPF);
  if (at < 4 || header[at - 4] !== 0xff || header[at - 3] !== 0xe2) return undefined;
  const tiff = header.subarray(at + MPF.length);
  const isLittle = tiff.toString("latin1", 0, 2) === "II";
  const uint16 = (at: number) => (isLittle ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at));
  const uint32 = (at: number) => (isLittle ? tiff.readUInt32LE(at) : tiff.readUInt32BE(at));
  try {
    const ifd = uint32(4);
    for (let index = 0; index < uint16(ifd); index++) {
      const field = ifd + 2 + 12 * index;
      if (uint16(field) !== ENTRIES) continue;
      const count = Math.min(uint32(field + 4) / ENTRY_BYTES, MAX_PICTURES);
      const table = uint32(field + 8);
      return Array.from({ length: Math.max(0, Math.floor(count) - 1) }, (_, index) => {
        return uint32(table + ENTRY_BYTES * (index + 1) + 4);
      });
    }
  } catch {}
  return undefined;
}

/** Returns whether a header is of a gain map. */
export function isGainMap(header: Buffer): boolean {
  return GAIN_MAP_MARKS.some((mark) => header.includes(mark));
}
