/** Larger sizes lose digits: https://tc39.es/ecma262/#sec-number.max_safe_integer */
const MAX_SIZE = Math.floor(Number.MAX_SAFE_INTEGER / 16);

/** Zeros and spaces before a size. */
const MAX_KEPT = 256;

/** Measured 2026-11-30, Node 20: byte by byte 2 ms against 15 ms for 64 KB in chunks of 1. */
const SHORT_BYTES = 32;

const LF = 0x0a;
const [SPACE, TAB, CR, SEMICOLON] = [0x20, 0x09, 0x0d, 0x3b];

/**
 * Decodes a chunked body (RFC 9112, 7.1), also with LF alone, and zeros or spaces around sizes.
 *
 * A body that does not begin with a size passes unchanged, whatever its head says.
 */
export class ChunkedDecoder {
  #state: "size" | "extension" | "data" | "raw" | "ended" | "broken" = "size";
  #hasDigit = false;
  #left = 0;
  #kept: number[] | undefined = [];

  get hasEnded(): boolean {
    return this.#state === "ended";
  }

  get isRaw(): boolean {
    return this.#state === "raw";
  }

  /** A chunk has no size: where the next begins is unknown. */
  get isBroken(): boolean {
    return this.#state === "broken";
  }

  push(chunk: Uint8Array): Uint8Array {
    // Without a copy.
    if (this.#endOfData(chunk, 0) === chunk.length) {
      this.#passData(chunk.length);
      return chunk;
    }
    const body = Buffer.allocUnsafe(chunk.length + MAX_KEPT + 1);
    let length = 0;
    for (let at = 0; at < chunk.length && !this.hasEnded && !this.isBroken; ) {
      const end = this.#endOfData(chunk, at);
      if (end > at) {
        if (end - at < SHORT_BYTES) for (let from = at; from < end; from++) body[length++] = chunk[from] as number;
        else length = setAt(body, length, chunk.subarray(at, end));
        this.#passData(end - at);
        at = end;
      } else {
        const start = this.#takeSizeByte(chunk[at++] as number);
        if (start !== undefined) length = setAt(body, length, start);
      }
    }
    return body.subarray(0, length);
  }

  #endOfData(chunk: Uint8Array, at: number): number {
    if (this.#state === "raw") return chunk.length;
    return this.#state === "data" ? Math.min(chunk.length, at + this.#left) : at;
  }

  #passData(length: number): void {
    if (this.#state !== "data") return;
    this.#left -= length;
    if (this.#left === 0) this.#state = "size";
  }

  /** Returns the first bytes of a body that is not chunked. */
  #takeSizeByte(byte: number): Uint8Array | undefined {
    this.#kept?.push(byte);
    const digit = this.#state === "size" ? hexDigit(byte) : undefined;
    if (digit !== undefined && this.#left <= MAX_SIZE) {
      this.#left = this.#left * 16 + digit;
      this.#hasDigit = true;
    } else if (this.#state === "extension" || (this.#hasDigit && (isBlank(byte) || byte === SEMICOLON))) {
      this.#state = "extension";
      this.#kept = undefined;
      if (byte === LF) this.#startChunk();
    } else if (this.#hasDigit || !isBlank(byte)) {
      return this.#passRaw();
    }
    return this.#kept !== undefined && this.#kept.length > MAX_KEPT ? this.#passRaw() : undefined;
  }

  #startChunk(): void {
    this.#state = this.#left === 0 ? "ended" : "data";
    this.#hasDigit = false;
  }

  #passRaw(): Uint8Array | undefined {
    if (this.#kept === undefined) {
      this.#state = "broken";
      return undefined;
    }
    const start = Uint8Array.from(this.#kept);
    this.#kept = undefined;
    this.#state = "raw";
    return start;
  }
}

function setAt(body: Buffer, at: number, bytes: Uint8Array): number {
  body.set(bytes, at);
  return at + bytes.length;
}

function hexDigit(byte: number): number | undefined {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  // In either case (RFC 5234, B.1).
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : undefined;
}

function isBlank(byte: number): boolean {
  return byte === SPACE || byte === TAB || byte === CR || byte === LF;
}
