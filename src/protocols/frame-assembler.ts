/** Fits most small cameras. */
const FIRST_CAPACITY = 64 * 1024;

/** Assembles a frame. Memory grows with received bytes. */
export class FrameAssembler {
  readonly #length: number;
  #buffer: Buffer = Buffer.alloc(0);
  #received = 0;

  constructor(length: number) {
    this.#length = length;
  }

  get heldBytes(): number {
    return this.#buffer.length;
  }

  get isComplete(): boolean {
    return this.#received >= this.#length;
  }

  get progress(): string {
    return `${this.#received} of ${this.#length} bytes`;
  }

  add(chunk: Uint8Array): void {
    const received = this.#received + chunk.length;
    if (received > this.#buffer.length) {
      const roomy = Math.min(Math.max(this.#buffer.length * 2, FIRST_CAPACITY), this.#length);
      // A long last chunk stays whole: a JPEG tells its end.
      const larger = Buffer.allocUnsafeSlow(Math.max(roomy, received));
      larger.set(this.#buffer.subarray(0, this.#received));
      this.#buffer = larger;
    }
    this.#buffer.set(chunk, this.#received);
    this.#received = received;
  }

  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#received);
  }
}
