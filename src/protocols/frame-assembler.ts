/** The first size of the memory for a picture, in bytes: most pictures of small cameras fit. */
const FIRST_CAPACITY = 64 * 1024;

/** A picture of an announced length that is put together from chunks. Memory grows with what comes, not with what was announced. */
export class FrameAssembler {
  readonly #length: number;
  #buffer: Buffer = Buffer.alloc(0);
  #received = 0;

  /** `length` is in bytes. */
  constructor(length: number) {
    this.#length = length;
  }

  /** Bytes of memory it holds. */
  get heldBytes(): number {
    return this.#buffer.length;
  }

  get isComplete(): boolean {
    return this.#received >= this.#length;
  }

  /** How much of it came, for messages: `2048 of 20000 bytes`. */
  get progress(): string {
    return `${this.#received} of ${this.#length} bytes`;
  }

  add(chunk: Uint8Array): void {
    const received = this.#received + chunk.length;
    if (received > this.#buffer.length) {
      const roomy = Math.min(Math.max(this.#buffer.length * 2, FIRST_CAPACITY), this.#length);
      // A last chunk that is too long is kept whole, as other receivers keep it: the picture says itself where it ends.
      const larger = Buffer.allocUnsafeSlow(Math.max(roomy, received));
      larger.set(this.#buffer.subarray(0, this.#received));
      this.#buffer = larger;
    }
    this.#buffer.set(chunk, this.#received);
    this.#received = received;
  }

  /** All that came, uncopied. */
  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#received);
  }
}
