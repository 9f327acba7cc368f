/** An APP2 segment's parameters begin so (CIPA DC-007, 5.2.1). */
const MPF = Buffer.from("MPF\0");

/** Tags of the index: how many pictures there are, and where (CIPA DC-007, 5.2.3); and how long an entry is. */
const ENTRIES = 0xb002;
const ENTRY_BYTES = 16;

/** Most pictures of a file: phones write two or three, cameras for panoramas some tens. */
const MAX_PICTURES = 64;

/** Marks of a gain map: Adobe's and Android's in XMP, and that of ISO 21496-1 in APP2. */
const GAIN_MAP_MARKS = ["hdrgm:", "urn:iso:std:iso:ts:21496:-1"].map((text) => Buffer.from(text));

/**
 * Reads what a JPEG's header, up to its first scan, says of the pictures that follow it in the same file: the gain map of
 * Ultra HDR, another view of a stereo camera, a preview (CIPA DC-007, "Multi-Picture Format"). Returns their lengths in
 * bytes; not where they start, which programs that add a segment leave as it was. Undefined where there is no index: also
 * of the pictures that follow.
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
  } catch {
    // It leads out of the header: then it tells nothing.
  }
  return undefined;
}

/** Whether a JPEG's header, up to its first scan, says that it is a gain map. */
export function isGainMap(header: Buffer): boolean {
  return GAIN_MAP_MARKS.some((mark) => header.includes(mark));
}
