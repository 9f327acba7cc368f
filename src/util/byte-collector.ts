/** The first size of a collector's memory, in bytes: most texts fit, and a picture takes a dozen doublings. */
const FIRST_CAPACITY = 4096;

/** More bytes came than are taken. */
export class TooManyBytes extends Error {
  override readonly name = "TooManyBytes";

  constructor(maxBytes: number) {
    super(`More than ${maxBytes} bytes came`);
  }
}

/**
 * Copies bytes that come in pieces into one buffer. It doubles up to a limit, so it takes at most twice what came.
 *
 * Pieces are not kept: a body in chunks of one byte would keep an object of some 150 bytes, and up to 500 bytes of
 * memory behind it, for each (Node 20, measured 2026-11-29).
 */
export class ByteCollector {
  readonly #maxBytes: number;
  readonly #firstCapacity: number;
  #buffer: Buffer = Buffer.alloc(0);
  #length = 0;

  /** Takes up to `maxBytes`. `firstCapacity` is the first size of the memory, in bytes. @default 4096 */
  constructor(maxBytes: number, firstCapacity = FIRST_CAPACITY) {
    this.#maxBytes = maxBytes;
    this.#firstCapacity = firstCapacity;
  }

  /** Bytes that came. */
  get length(): number {
    return this.#length;
  }

  /** Bytes of memory it holds. */
  get heldBytes(): number {
    return this.#buffer.length;
  }

  /** Copies a piece behind what came before. @throws TooManyBytes, and takes nothing of it. */
  add(piece: Uint8Array): void {
    const length = this.#length + piece.length;
    if (length > this.#maxBytes) throw new TooManyBytes(this.#maxBytes);
    if (length > this.#buffer.length) {
      const doubled = Math.max(this.#buffer.length * 2, this.#firstCapacity, length);
      const larger = Buffer.allocUnsafeSlow(Math.min(doubled, this.#maxBytes));
      larger.set(this.#buffer.subarray(0, this.#length));
      this.#buffer = larger;
    }
    this.#buffer.set(piece, this.#length);
    this.#length = length;
  }

  /** Returns all that came: a view, which later pieces leave as it is. */
  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }
}

/** Reads pieces to their end into one buffer. @throws TooManyBytes as soon as more than `maxBytes` came. */
export async function readAll(pieces: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Buffer> {
  const collector = new ByteCollector(maxBytes);
  for await (const piece of pieces) collector.add(piece);
  return collector.bytes();
}
