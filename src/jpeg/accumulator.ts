/** A frame spans reads of 64 KiB. */
const FIRST_CAPACITY = 256 * 1024;

/** Keeps the unfinished end of a stream in one reused buffer, which doubles. */
export class Accumulator {
  #buffer: Buffer = Buffer.alloc(0);
  #length = 0;

  /** Returns the kept bytes and `chunk`, until the next call; `chunk` itself if nothing is kept. */
  with(chunk: Uint8Array): Buffer {
    if (this.#length === 0) return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    this.#append(chunk);
    return this.#buffer.subarray(0, this.#length);
  }

  /** Returns whether `bytes` will be overwritten. */
  owns(bytes: Buffer): boolean {
    return bytes.buffer === this.#buffer.buffer;
  }

  /** Keeps `bytes`, from `with`, from `start` on. */
  keep(bytes: Buffer, start: number): void {
    if (this.owns(bytes)) {
      if (start > 0) this.#buffer.copyWithin(0, start, bytes.length);
      this.#length = bytes.length - start;
    } else {
      this.#length = 0;
      this.#append(bytes.subarray(start));
    }
  }

  #append(bytes: Uint8Array): void {
    const length = this.#length + bytes.length;
    if (length > this.#buffer.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(length * 2, FIRST_CAPACITY));
      larger.set(this.#buffer.subarray(0, this.#length));
      this.#buffer = larger;
    }
    this.#buffer.set(bytes, this.#length);
    this.#length = length;
  }
}
