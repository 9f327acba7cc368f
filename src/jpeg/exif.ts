import { type Directory, type Range, Tiff } from "./tiff.ts";
import { startWalk, walk } from "./walk.ts";

const JPEG_START = Buffer.of(0xff, 0xd8, 0xff);

/** Behind `Exif`, a zero, and a byte (CIPA DC-008 4.7.2). */
const TIFF_AT = 6;
const TIFF_HEADER: Range = { from: 0, to: 8 };

/** As a JPEG and as pixels (CIPA DC-008 4.6.4). */
const THUMBNAIL_TAGS = [
  { at: 0x0201, length: 0x0202 },
  { at: 0x0111, length: 0x0117 },
];
const ORIENTATION_TAG = 0x0112;

/** Returns whether `bytes` seem to hold a JPEG. */
export function holdsJpeg(bytes: Buffer): boolean {
  return bytes.includes(JPEG_START);
}

/**
 * Removes the thumbnail, and other JPEGs such as a maker note's preview; undefined if there is
 * none.
 *
 * Removed bytes become zeros, since maker notes hold unknown offsets. If that fails, only the
 * orientation is kept.
 */
export function withoutThumbnail(exif: Buffer): Buffer | undefined {
  const found = new Tiff(exif.subarray(TIFF_AT));
  const { main } = found;
  if (!holdsJpeg(exif) && (main === undefined || thumbnailOf(found, main) === undefined)) return undefined;
  if (main === undefined) return NOTHING;

  const copy = Buffer.from(exif);
  const end = removeThumbnail(new Tiff(copy.subarray(TIFF_AT)), main);
  return holdsJpeg(copy) ? orientationAlone(found.valuesOf(main, ORIENTATION_TAG)[0]) : copy.subarray(0, TIFF_AT + end);
}

function thumbnailOf(tiff: Tiff, main: Directory): Directory | undefined {
  const directory = main.next === 0 ? undefined : tiff.directoryAt(main.next);
  if (directory === undefined) return undefined;
  return THUMBNAIL_TAGS.some(({ at }) => tiff.valuesOf(directory, at).length > 0) ? directory : undefined;
}

/** Returns the end of the bytes still needed. */
function removeThumbnail(tiff: Tiff, main: Directory): number {
  const { bytes } = tiff;
  const thumbnail = thumbnailOf(tiff, main);
  const used = tiff.rangesOf(main);
  // Maker data may hold a thumbnail.
  const legible = [TIFF_HEADER, ...used.filter(({ isOpaque }) => !isOpaque)];

  tiff.unlinkNext(main);
  // Directory and markers both tell its place; either may be wrong.
  const pixels = thumbnail === undefined ? [] : pixelsOf(tiff, thumbnail);
  blank(bytes, wholeJpegsIn(bytes), legible);
  blank(bytes, pixels, legible);
  if (thumbnail !== undefined) blank(bytes, [thumbnail, ...tiff.valueRanges(thumbnail)], [TIFF_HEADER, ...used]);

  const usedEnd = Math.max(...used.map(({ to }) => to));
  let end = bytes.length;
  while (end > usedEnd && bytes[end - 1] === 0) end--;
  return end;
}

function pixelsOf(tiff: Tiff, directory: Directory): Range[] {
  const size = tiff.bytes.length;
  return THUMBNAIL_TAGS.flatMap((tags) => {
    const lengths = tiff.valuesOf(directory, tags.length);
    return tiff.valuesOf(directory, tags.at).map((from, index) => {
      return { from: Math.min(from, size), to: Math.min(from + (lengths[index] ?? size), size) };
    });
  });
}

function wholeJpegsIn(bytes: Buffer): Range[] {
  const ranges: Range[] = [];
  let from = bytes.indexOf(JPEG_START);
  while (from >= 0) {
    const state = startWalk(from);
    if (walk(state, bytes) !== "end") break;
    ranges.push({ from, to: state.position });
    from = bytes.indexOf(JPEG_START, state.position);
  }
  return ranges;
}

/** Zeroes the `ranges` that overlap none of `kept`. A segment can hold thousands of both. */
function blank(bytes: Buffer, ranges: readonly Range[], kept: readonly Range[]): void {
  const islands = merged(kept);
  for (const { from, to } of ranges) {
    const last = islands[lastBefore(islands, to)];
    if (last === undefined || last.to <= from) bytes.fill(0, from, to);
  }
}

function merged(ranges: readonly Range[]): Range[] {
  const islands: { from: number; to: number }[] = [];
  for (const { from, to } of [...ranges].sort((one, other) => one.from - other.from)) {
    const last = islands.at(-1);
    if (last === undefined || from > last.to) islands.push({ from, to });
    else last.to = Math.max(last.to, to);
  }
  return islands;
}

function lastBefore(islands: readonly Range[], position: number): number {
  let [low, high] = [0, islands.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((islands[middle] as Range).from < position) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

const NOTHING = Buffer.alloc(0);

/** A big-endian TIFF file of one entry. */
function orientationAlone(orientation = 1): Buffer {
  // CIPA DC-008 4.6.4: 1, not turned, to 8.
  if (orientation < 2 || orientation > 8) return NOTHING;
  const entry = [ORIENTATION_TAG >> 8, ORIENTATION_TAG & 0xff, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0];
  return Buffer.concat([Buffer.from("Exif\0\0MM", "latin1"), Buffer.of(0, 42, 0, 0, 0, 8, 0, 1, ...entry, 0, 0, 0, 0)]);
}
