export interface Range {
  readonly from: number;
  readonly to: number;
}

/** "IFD", TIFF 6.0 section 2; `next` is the place of the next, or 0. */
export interface Directory extends Range {
  readonly count: number;
  readonly next: number;
}

/** `isOpaque`: only its maker can read it. */
export interface UsedRange extends Range {
  readonly isOpaque: boolean;
}

/** TIFF 6.0 section 2, "Types". */
const TYPE_SIZES = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8];
const SHORT = 3;
const LONG = 4;
const UNDEFINED = 7;

/** SubIFDs (TIFF), Exif, GPS and interoperability (CIPA DC-008 4.6.3). */
const DIRECTORY_TAGS = [0x014a, 0x8769, 0x8825, 0xa005];

/**
 * Bounds the time that malice can cost. EXIF has under a hundred tags a directory (CIPA DC-008
 * 4.6).
 */
const MAX_ENTRIES = 512;
const MAX_VALUES = 512;
const MAX_DIRECTORIES = 8;

/** Reads a TIFF file. Malformed parts are absent; never throws. */
export class Tiff {
  readonly bytes: Buffer;
  readonly #isLittleEndian: boolean;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.#isLittleEndian = bytes[0] === 0x49;
  }

  get main(): Directory | undefined {
    const { bytes } = this;
    const isTiff = bytes.length >= 8 && (bytes[0] === 0x49 || bytes[0] === 0x4d) && bytes[1] === bytes[0];
    return isTiff && this.#uint16(2) === 42 ? this.directoryAt(this.#uint32(4)) : undefined;
  }

  directoryAt(from: number): Directory | undefined {
    if (from < 8 || from + 2 > this.bytes.length) return undefined;
    const count = this.#uint16(from);
    const to = from + 2 + 12 * count + 4;
    if (count > MAX_ENTRIES || to > this.bytes.length) return undefined;
    return { from, to, count, next: this.#uint32(to - 4) };
  }

  /** Returns an entry's values if they are whole numbers within the file. */
  valuesOf(directory: Directory, tag: number): number[] {
    for (let index = 0; index < directory.count; index++) {
      const entry = directory.from + 2 + 12 * index;
      if (this.#uint16(entry) === tag) return this.#values(entry);
    }
    return [];
  }

  unlinkNext(directory: Directory): void {
    this.bytes.fill(0, directory.to - 4, directory.to);
  }

  /** Returns the ranges of values outside of their entries, within the file. */
  valueRanges(directory: Directory): UsedRange[] {
    return Array.from({ length: directory.count }, (_, index) => directory.from + 2 + 12 * index).flatMap((entry) => {
      const type = this.#uint16(entry + 2);
      const size = (TYPE_SIZES[type] ?? 0) * this.#uint32(entry + 4);
      const from = this.#uint32(entry + 8);
      return size <= 4 || from + size > this.bytes.length
        ? []
        : [{ from, to: from + size, isOpaque: type === UNDEFINED }];
    });
  }

  /** Includes directories within it, not of its chain. */
  rangesOf(directory: Directory): UsedRange[] {
    const directories: Directory[] = [directory];
    for (const outer of directories) {
      for (const at of DIRECTORY_TAGS.flatMap((tag) => this.valuesOf(outer, tag))) {
        const inner = this.directoryAt(at);
        if (inner !== undefined && directories.length < MAX_DIRECTORIES) directories.push(inner);
      }
    }
    return directories.flatMap((each) => [
      { from: each.from, to: each.to, isOpaque: false },
      ...this.valueRanges(each),
    ]);
  }

  #values(entry: number): number[] {
    const type = this.#uint16(entry + 2);
    const count = this.#uint32(entry + 4);
    const size = type === SHORT ? 2 : 4;
    const from = size * count <= 4 ? entry + 8 : this.#uint32(entry + 8);
    const isNumeric = type === SHORT || type === LONG;
    if (!isNumeric || count > MAX_VALUES || from + size * count > this.bytes.length) return [];
    return Array.from({ length: count }, (_, index) =>
      type === SHORT ? this.#uint16(from + 2 * index) : this.#uint32(from + 4 * index),
    );
  }

  #uint16(at: number): number {
    return this.#isLittleEndian ? this.bytes.readUInt16LE(at) : this.bytes.readUInt16BE(at);
  }

  #uint32(at: number): number {
    return this.#isLittleEndian ? this.bytes.readUInt32LE(at) : this.bytes.readUInt32BE(at);
  }
}
