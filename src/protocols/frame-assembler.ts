/** Most frames of small cameras fit. */
const FIRST_CAPACITY = 64 * 1024;

/** Assembles a frame of an announced length. Memory grows with the received bytes. */
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

  /** For messages: `2048 of 20000 bytes`. */
  get progress(): string {
    return `${this.#received} of ${this.#length} bytes`;
  }

  add(chunk: Uint8Array): void {
    const received = this.#received + chunk.length;
    if (received > this.#buffer.length) {
      const roomy = Math.min(Math.max(this.#buffer.length * 2, FIRST_CAPACITY), this.#length);
      // A last chunk that is too long stays whole: a JPEG tells its own end.
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
