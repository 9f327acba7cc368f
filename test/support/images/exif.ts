import { segment } from "./jpegs.ts";

export interface ExifOptions {
  /** Byte order, by the marks of the file: little-endian or big-endian. */
  readonly order: "II" | "MM";
  /** 1 to 8. @default none */
  readonly orientation?: number;
  /** A thumbnail as a JPEG. */
  readonly thumbnail?: Buffer;
  /** A thumbnail as rows of pixels. */
  readonly pixels?: Buffer;
  /** The place of the thumbnail and its directory. @default "last" */
  readonly thumbnailIs?: "last" | "in the middle";
  /** Whether both directories refer to one resolution; some writers save bytes so. */
  readonly sharesResolution?: boolean;
  readonly makerNote?: Buffer;
  /** Bytes after everything else. */
  readonly padding?: Buffer;
}

/**
 * Returns an EXIF segment (APP1) as a camera writes it: its make, and directories for date and
 * position.
 */
export function exifSegment(options: ExifOptions): Buffer {
  return segment(0xe1, Buffer.concat([Buffer.from("Exif\0\0", "latin1"), tiff(options)]));
}

/** The offset of each block from the TIFF header. */
type Places = Readonly<Record<string, number>>;

/** A block of the file. Its size must not depend on the offsets. */
type Block = readonly [name: string, write: (place: number, places: Places) => Buffer];

function tiff(options: ExifOptions): Buffer {
  const { order, thumbnailIs = "last", padding = Buffer.alloc(0) } = options;
  const main: Block[] = [
    ["main", (place, places) => directory(order, place, mainFields(options, places), places["second"])],
  ];
  const others: Block[] = [
    ["exif", (place) => directory(order, place, exifFields(options))],
    ["gps", (place) => directory(order, place, GPS_FIELDS)],
  ];
  const thumbnail = thumbnailBlocks(options);
  const blocks = [...main, ...(thumbnailIs === "last" ? [...others, ...thumbnail] : [...thumbnail, ...others])];

  let places: Record<string, number> = {};
  let pieces: Buffer[] = [];
  // Once for the sizes, then again with the offsets that follow from them.
  for (const known of [{}, undefined]) {
    const given = known ?? places;
    let place = 8;
    const next: Record<string, number> = {};
    pieces = blocks.map(([name, write]) => {
      next[name] = place;
      const piece = write(place, given);
      place += piece.length;
      return piece;
    });
    places = next;
  }
  return Buffer.concat([Buffer.from(order, "latin1"), uint16(order, 42), uint32(order, 8), ...pieces, padding]);
}

function thumbnailBlocks(options: ExifOptions): Block[] {
  const { order, thumbnail, pixels, sharesResolution = false } = options;
  const data = thumbnail ?? pixels;
  if (data === undefined) return [];
  const [placeTag, lengthTag] = thumbnail === undefined ? [0x0111, 0x0117] : [0x0201, 0x0202];
  const fields = (places: Places): Field[] => [
    [0x0103, { short: thumbnail === undefined ? 1 : 6 }],
    [placeTag, { long: places["data"] ?? 0 }],
    [lengthTag, { long: data.length }],
    // The first directory's resolution follows the directory and the name of the maker.
    [0x011a, sharesResolution ? { ratioAt: 8 + directoryLength(mainFields(options, {})) + 24 } : { ratio: [72, 1] }],
  ];
  return [
    ["second", (place, places) => directory(order, place, sorted(fields(places)))],
    ["data", () => data],
  ];
}

function mainFields({ orientation }: ExifOptions, places: Places): Field[] {
  return sorted([
    [0x010f, { text: "Stillstream test camera" }],
    ...(orientation === undefined ? [] : [[0x0112, { short: orientation }] as Field]),
    [0x011a, { ratio: [300, 1] }],
    [0x8769, { long: places["exif"] ?? 0 }],
    [0x8825, { long: places["gps"] ?? 0 }],
  ]);
}

function exifFields({ makerNote }: ExifOptions): Field[] {
  return sorted([
    [0x9003, { text: "2026:11:21 12:34:56" }],
    ...(makerNote === undefined ? [] : [[0x927c, { raw: makerNote }] as Field]),
  ]);
}

const GPS_FIELDS: Field[] = [
  [0x0001, { text: "N" }],
  [0x0012, { text: "WGS-84, as ever" }],
];

type Field = readonly [tag: number, value: Value];
type Value =
  | { readonly short: number }
  | { readonly long: number }
  | { readonly text: string }
  | { readonly ratio: readonly [number, number] }
  | { readonly ratioAt: number }
  | { readonly raw: Buffer };

function sorted(fields: readonly Field[]): Field[] {
  return [...fields].sort(([a], [b]) => a - b);
}

/** Returns a directory for the offset `place`, followed by the values that do not fit into it. */
function directory(order: ExifOptions["order"], place: number, fields: readonly Field[], next = 0): Buffer {
  let valuesAt = place + directoryLength(fields);
  const values: Buffer[] = [];
  const entries = fields.map(([tag, value]) => {
    const { type, count, bytes } = encoded(order, value);
    const head = Buffer.concat([uint16(order, tag), uint16(order, type), uint32(order, count)]);
    if (bytes.length <= 4) return Buffer.concat([head, bytes, Buffer.alloc(4 - bytes.length)]);
    // Values begin at even offsets (TIFF 6.0 section 2).
    const padded = bytes.length % 2 === 0 ? bytes : Buffer.concat([bytes, Buffer.alloc(1)]);
    const entry = Buffer.concat([head, uint32(order, valuesAt)]);
    values.push(padded);
    valuesAt += padded.length;
    return entry;
  });
  return Buffer.concat([uint16(order, fields.length), ...entries, uint32(order, next), ...values]);
}

function directoryLength(fields: readonly Field[]): number {
  return 2 + 12 * fields.length + 4;
}

function encoded(order: ExifOptions["order"], value: Value): { type: number; count: number; bytes: Buffer } {
  if ("short" in value) return { type: 3, count: 1, bytes: uint16(order, value.short) };
  if ("long" in value) return { type: 4, count: 1, bytes: uint32(order, value.long) };
  if ("ratioAt" in value) return { type: 5, count: 1, bytes: uint32(order, value.ratioAt) };
  if ("raw" in value) return { type: 7, count: value.raw.length, bytes: value.raw };
  if ("ratio" in value) {
    return { type: 5, count: 1, bytes: Buffer.concat(value.ratio.map((number) => uint32(order, number))) };
  }
  const bytes = Buffer.from(`${value.text}\0`, "latin1");
  return { type: 2, count: bytes.length, bytes };
}

function uint16(order: ExifOptions["order"], value: number): Buffer {
  const bytes = Buffer.alloc(2);
  if (order === "II") bytes.writeUInt16LE(value);
  else bytes.writeUInt16BE(value);
  return bytes;
}

function uint32(order: ExifOptions["order"], value: number): Buffer {
  const bytes = Buffer.alloc(4);
  if (order === "II") bytes.writeUInt32LE(value);
  else bytes.writeUInt32BE(value);
  return bytes;
}
