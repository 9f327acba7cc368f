/**
 * Layouts of a frame's header, and a client's hello: length, width, height.
 *
 * Python's `struct.pack("lhh", …)` (https://docs.python.org/3/library/struct.html#native-format),
 * little-endian: a long has 4 bytes on Windows (`lhh8`), 8 on 64-bit Linux and macOS (`lhh12`).
 * `text`: three decimal numbers, right-aligned.
 */
export const HEADER_LAYOUTS = ["lhh8", "lhh12", "text"] as const;

export type HeaderLayout = (typeof HEADER_LAYOUTS)[number];

export interface HeaderNumbers {
  /** A frame's length; in a hello, 888 plus the fps. */
  readonly long: number;
  readonly width: number;
  readonly height: number;
}

export const HEADER_BYTES: Readonly<Record<HeaderLayout, number>> = { lhh8: 8, lhh12: 12, text: 24 };

const COLUMNS = [12, 6, 6] as const;

export function packHeader(layout: HeaderLayout, { long, width, height }: HeaderNumbers): Buffer {
  if (layout === "text") {
    const columns = [long, width, height].map((number, index) => String(number).padStart(COLUMNS[index] as number));
    return Buffer.from(columns.join(""), "latin1");
  }
  const bytes = Buffer.alloc(HEADER_BYTES[layout]);
  const at = layout === "lhh8" ? bytes.writeInt32LE(long) : bytes.writeBigInt64LE(BigInt(long));
  bytes.writeInt16LE(width, at);
  bytes.writeInt16LE(height, at + 2);
  return bytes;
}

/** Reads a header; undefined for malformed `text`. */
export function unpackHeader(layout: HeaderLayout, bytes: Buffer): HeaderNumbers | undefined {
  if (layout === "text") return unpackText(bytes.toString("latin1", 0, HEADER_BYTES.text));
  const [long, at] = layout === "lhh8" ? [bytes.readInt32LE(), 4] : [Number(bytes.readBigInt64LE()), 8];
  return { long, width: bytes.readInt16LE(at), height: bytes.readInt16LE(at + 2) };
}

function unpackText(text: string): HeaderNumbers | undefined {
  const [a, b] = [COLUMNS[0], COLUMNS[0] + COLUMNS[1]];
  const columns = [text.slice(0, a), text.slice(a, b), text.slice(b)];
  if (!columns.every((column) => /^\s*[-+]?\d+\s*$/.test(column))) return undefined;
  const [long, width, height] = columns.map(Number) as [number, number, number];
  return { long, width, height };
}
