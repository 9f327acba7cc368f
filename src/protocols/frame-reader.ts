import { MAX_FRAME_BYTES } from "../jpeg/split.ts";
import { HEADER_BYTES, type HeaderLayout, unpackHeader } from "./frame-header.ts";

/**
 * Takes the pictures out of a negotiated stream, cut anywhere: before each a header with its length.
 *
 * A length that cannot be true means that the stream is another one, or that its rhythm is lost for ever: then it throws.
 */
export class FrameReader {
  readonly #layout: HeaderLayout;
  readonly #maxBytes: number;
  readonly #header: Collector;
  #picture: Collector | undefined;
  /** True once a header said 0 × 0 pixels. */
  #isSizeless = false;

  /** `maxBytes` is the most a picture may have. @default MAX_PICTURE_BYTES */
  constructor(layout: HeaderLayout, maxBytes = MAX_FRAME_BYTES) {
    this.#layout = layout;
    this.#maxBytes = maxBytes;
    this.#header = new Collector(HEADER_BYTES[layout]);
  }

  /** Takes the next bytes of the stream; yields what the headers call pictures, as far as they are complete. Throws as above. */
  *push(chunk: Buffer): Generator<Buffer, void> {
    let rest = chunk;
    while (rest.length > 0) {
      if (this.#picture === undefined) {
        rest = this.#header.take(rest);
        if (!this.#header.full) return;
        this.#picture = new Collector(this.#lengthOf(this.#header.bytes));
        this.#header.empty();
      }
      rest = this.#picture.take(rest);
      if (!this.#picture.full) return;
      const { bytes } = this.#picture;
      this.#picture = undefined;
      yield bytes;
    }
  }

  #lengthOf(header: Buffer): number {
    const numbers = unpackHeader(this.#layout, header);
    if (numbers === undefined) {
      throw new Error(`it sent ${JSON.stringify(header.toString("latin1"))} where a header of three numbers must be`);
    }
    const { long, width, height } = numbers;
    this.#isSizeless ||= width === 0 && height === 0;
    if (long < 0 || long > this.#maxBytes) {
      throw new Error(
        `it announced a picture of ${long} bytes, and ${this.#maxBytes} is the most${this.#hint(header)}`,
      );
    }
    return long;
  }

  /** Which other layout would make sense of what came. */
  #hint(header: Buffer): string {
    if (/^[\d ]+$/.test(header.toString("latin1"))) return "; it may send header=text";
    // The upper half of a length of 8 bytes is 0, where one of 4 is followed by width and height.
    if (this.#layout === "lhh8") return this.#isSizeless ? "; it may send header=lhh12, as on 64-bit Linux" : "";
    const long = header.readInt32LE();
    return long > 0 && long <= this.#maxBytes ? "; it may send header=lhh8, as on Windows" : "";
  }
}

/** As many bytes as it is made for, put together in one buffer: memory is used as they come. */
class Collector {
  readonly bytes: Buffer;
  #length = 0;

  constructor(size: number) {
    this.bytes = Buffer.allocUnsafeSlow(size);
  }

  get full(): boolean {
    return this.#length === this.bytes.length;
  }

  /** Takes what it still needs, and gives the rest. */
  take(chunk: Buffer): Buffer {
    const taken = chunk.copy(this.bytes, this.#length);
    this.#length += taken;
    return chunk.subarray(taken);
  }

  empty(): void {
    this.#length = 0;
  }
}
