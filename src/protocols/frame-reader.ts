import { MAX_FRAME_BYTES } from "../jpeg/split.ts";
import { HEADER_BYTES, type HeaderLayout, unpackHeader } from "./frame-header.ts";

/**
 * Reads the frames of a stream. Throws on an impossible length: the stream is out of sync for good.
 */
export class FrameReader {
  readonly #layout: HeaderLayout;
  readonly #maxBytes: number;
  readonly #header: Collector;
  #frame: Collector | undefined;
  #isSizeless = false;

  /** @default MAX_FRAME_BYTES */
  constructor(layout: HeaderLayout, maxBytes = MAX_FRAME_BYTES) {
    this.#layout = layout;
    this.#maxBytes = maxBytes;
    this.#header = new Collector(HEADER_BYTES[layout]);
  }

  *push(chunk: Buffer): Generator<Buffer, void> {
    let rest = chunk;
    while (rest.length > 0) {
      if (this.#frame === undefined) {
        rest = this.#header.take(rest);
        if (!this.#header.full) return;
        this.#frame = new Collector(this.#lengthOf(this.#header.bytes));
        this.#header.empty();
      }
      rest = this.#frame.take(rest);
      if (!this.#frame.full) return;
      const { bytes } = this.#frame;
      this.#frame = undefined;
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
        `it announced a frame of ${long} bytes, over the limit of ${this.#maxBytes}${this.#hint(header)}`,
      );
    }
    return long;
  }

  /** Suggests a layout that fits. */
  #hint(header: Buffer): string {
    if (/^[\d ]+$/.test(header.toString("latin1"))) return "; it may send header=text";
    // A length's upper half is 0, in the size's place.
    if (this.#layout === "lhh8") return this.#isSizeless ? "; it may send header=lhh12, as on 64-bit Linux" : "";
    const long = header.readInt32LE();
    return long > 0 && long <= this.#maxBytes ? "; it may send header=lhh8, as on Windows" : "";
  }
}

class Collector {
  readonly bytes: Buffer;
  #length = 0;

  constructor(size: number) {
    this.bytes = Buffer.allocUnsafeSlow(size);
  }

  get full(): boolean {
    return this.#length === this.bytes.length;
  }

  /** Returns the rest. */
  take(chunk: Buffer): Buffer {
    const taken = chunk.copy(this.bytes, this.#length);
    this.#length += taken;
    return chunk.subarray(taken);
  }

  empty(): void {
    this.#length = 0;
  }
}
