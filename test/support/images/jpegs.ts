/** Returns a segment: marker code, length, payload (T.81 B.1.1.4). */
export function segment(code: number, payload: Uint8Array | number[]): Buffer {
  const body = Buffer.from(payload);
  return Buffer.concat([Buffer.of(0xff, code, (body.length + 2) >> 8, (body.length + 2) & 0xff), body]);
}

export interface TinyJpegOptions {
  /** Makes the JPEG different from others; kept in a comment segment. */
  readonly label?: string;
  readonly width?: number;
  readonly height?: number;
  /** Bytes of entropy-coded data, before stuffing. */
  readonly scan?: Uint8Array;
  /** Segments between the start and the frame header, such as an EXIF thumbnail. */
  readonly extra?: readonly Uint8Array[];
}

/** Returns a JPEG with valid markers and meaningless data: enough for code that does not decode. */
export function tinyJpeg({
  label = "",
  width = 16,
  height = 8,
  scan = Buffer.of(1, 2, 3),
  extra = [],
}: TinyJpegOptions = {}): Buffer {
  return Buffer.concat([
    Buffer.of(0xff, 0xd8),
    ...extra,
    segment(0xfe, Buffer.from(label)),
    segment(0xc0, [8, height >> 8, height & 0xff, width >> 8, width & 0xff, 1, 1, 0x11, 0]),
    segment(0xda, [1, 1, 0, 0, 63, 0]),
    stuffed(scan),
    Buffer.of(0xff, 0xd9),
  ]);
}

/** Returns entropy-coded data as in a file: a 00 after every FF (T.81 B.1.1.5). */
export function stuffed(data: Uint8Array): Buffer {
  if (!data.includes(0xff)) return Buffer.from(data);
  const bytes: number[] = [];
  for (const byte of data) bytes.push(...(byte === 0xff ? [0xff, 0] : [byte]));
  return Buffer.from(bytes);
}

/** Returns a JPEG of about `size` bytes, for tests that move much data. */
export function heavyJpeg(size: number, label = ""): Buffer {
  return tinyJpeg({ label, width: 1280, height: 720, scan: Buffer.alloc(size, 0x5a) });
}

export interface BmpOptions {
  readonly width: number;
  readonly height: number;
  readonly bits: 24 | 32;
  /** Whether rows start at the top; by default they start at the bottom, as in most files. */
  readonly fromTop?: boolean;
  /** Bytes of the second header. @default 40 */
  readonly infoSize?: number;
  /** Bytes between the headers and the pixels. */
  readonly gap?: number;
  /** Returns red, green and blue of the pixel at (x, y), from the top left. */
  readonly pixel: (x: number, y: number) => readonly [number, number, number];
}

/** Returns an uncompressed BMP. */
export function bmp({ width, height, bits, fromTop = false, infoSize = 40, gap = 0, pixel }: BmpOptions): Buffer {
  const rowBytes = Math.ceil((width * bits) / 32) * 4;
  const start = 14 + infoSize + gap;
  const file = Buffer.alloc(start + rowBytes * height, 0xee);
  file.fill(0, 0, start).write("BM");
  file.writeUInt32LE(file.length, 2);
  file.writeUInt32LE(start, 10);
  file.writeUInt32LE(infoSize, 14);
  file.writeInt32LE(width, 18);
  file.writeInt32LE(fromTop ? -height : height, 22);
  file.writeUInt16LE(1, 26);
  file.writeUInt16LE(bits, 28);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = start + rowBytes * (fromTop ? y : height - 1 - y) + (x * bits) / 8;
      file.set([...pixel(x, y)].reverse(), at);
    }
  }
  return file;
}

/** A marker segment of a JPEG. */
export interface Segment {
  readonly code: number;
  readonly bytes: Buffer;
}

/**
 * Splits a JPEG into the segments before its first scan and the rest, from that scan's marker on.
 * Fill bytes are not supported.
 */
export function headerOf(jpeg: Buffer): { segments: Segment[]; rest: Buffer } {
  const segments: Segment[] = [];
  let at = 2;
  while (jpeg[at] === 0xff && jpeg[at + 1] !== 0xda) {
    const to = at + 2 + jpeg.readUInt16BE(at + 2);
    segments.push({ code: jpeg[at + 1] as number, bytes: jpeg.subarray(at, to) });
    at = to;
  }
  return { segments, rest: jpeg.subarray(at) };
}

/** Returns a JPEG of these segments. */
export function jpegOf(segments: readonly Segment[], rest: Buffer): Buffer {
  return Buffer.concat([Buffer.of(0xff, 0xd8), ...segments.map(({ bytes }) => bytes), rest]);
}

const DHT = 0xc4;

/**
 * Returns the JPEG without the Huffman tables that `isKept` rejects, as many USB cameras send it. A
 * table is named by its first byte, class and destination: 0x00 and 0x01 for DC, 0x10 and 0x11 for
 * AC.
 */
export function withoutTables(jpeg: Buffer, isKept: (table: number) => boolean = () => false): Buffer {
  const { segments, rest } = headerOf(jpeg);
  const kept = segments.flatMap(({ code, bytes }) => {
    if (code !== DHT) return [{ code, bytes }];
    const tables = tablesIn(bytes).filter((table) => isKept(table[0] as number));
    return tables.length === 0 ? [] : [{ code, bytes: segment(DHT, Buffer.concat(tables)) }];
  });
  return jpegOf(kept, rest);
}

/** Returns the Huffman tables before the first scan, in order, each with its bytes. */
export function tablesOf(jpeg: Buffer): Buffer[] {
  return headerOf(jpeg).segments.flatMap(({ code, bytes }) => (code === DHT ? tablesIn(bytes) : []));
}

function tablesIn(segment: Buffer): Buffer[] {
  const tables: Buffer[] = [];
  let at = 4;
  while (at < segment.length) {
    const to = segment.subarray(at + 1, at + 17).reduce((sum, count) => sum + count, at + 17);
    tables.push(segment.subarray(at, to));
    at = to;
  }
  return tables;
}

export interface MultiPictureOptions {
  /** Whether the index has the offset of the second image. @default true */
  readonly hasOffset?: boolean;
  /** The length of the second image in the index. @default its length */
  readonly length?: number;
  readonly order?: "II" | "MM";
}

/**
 * Returns two images in one file, as Ultra HDR and stereo cameras write them (CIPA DC-007): the
 * first has an index of both.
 */
export function multiPicture(first: Buffer, second: Buffer, options: MultiPictureOptions = {}): Buffer {
  const { hasOffset = true, length = second.length, order = "MM" } = options;
  const index = Buffer.alloc(4 + 8 + 2 + 3 * 12 + 4 + 32);
  const [two, four] =
    order === "II" ? [index.writeUInt16LE, index.writeUInt32LE] : [index.writeUInt16BE, index.writeUInt32BE];
  const [uint16, uint32] = [two.bind(index), four.bind(index)];
  index.write(`MPF\0${order}`, "latin1");
  uint16(42, 6);
  uint32(8, 8);
  uint16(3, 12);
  const fields = [
    [0xb000, 7, 4, 0x30313030],
    [0xb001, 4, 1, 2],
    [0xb002, 7, 32, 50],
  ] as const;
  for (const [number, [tag, type, count, value]] of fields.entries()) {
    const at = 14 + 12 * number;
    uint16(tag, at);
    uint16(type, at + 2);
    uint32(count, at + 4);
    uint32(value, at + 8);
  }
  const firstLength = first.length + 4 + index.length;
  uint32(firstLength, 54 + 4);
  uint32(length, 54 + 16 + 4);
  // Counted from the byte order mark, which is 10 bytes after the start.
  uint32(hasOffset ? firstLength - 10 : 7, 54 + 16 + 8);
  return Buffer.concat([first.subarray(0, 2), segment(0xe2, index), first.subarray(2), second]);
}
