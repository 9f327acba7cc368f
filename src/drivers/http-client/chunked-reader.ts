/** Sizes above it lose digits: https://tc39.es/ecma262/#sec-number.max_safe_integer */
const MAX_SIZE = Math.floor(Number.MAX_SAFE_INTEGER / 16);

/** Bytes before the first size that are kept until it is known to be one: zeros and spaces. */
const MAX_KEPT = 256;

const LF = 0x0a;
const [SPACE, TAB, CR, SEMICOLON] = [0x20, 0x09, 0x0d, 0x3b];

/**
 * Takes the chunked coding off a body (RFC 9112, 7.1), in any pieces: sizes in either case, with zeros before and spaces
 * around them, extensions, lines that end in LF alone. Trailers are left unread.
 *
 * A body that does not begin with a size is not chunked, whatever its head says, and passes as it is.
 */
export class ChunkedReader {
  #state: "size" | "extension" | "data" | "raw" | "ended" | "broken" = "size";
  #hasDigit = false;
  /** The size that is being read, then how many bytes of the chunk are still to come. */
  #left = 0;
  /** What came until the first size; undefined once it is one. */
  #kept: number[] | undefined = [];

  /** True behind the last chunk. */
  get hasEnded(): boolean {
    return this.#state === "ended";
  }

  /** True once the body is known not to be chunked. */
  get isRaw(): boolean {
    return this.#state === "raw";
  }

  /** True when a chunk has no size: what is behind it cannot be told from sizes. */
  get isBroken(): boolean {
    return this.#state === "broken";
  }

  /** Takes the next bytes; returns those of the body among them. */
  push(chunk: Uint8Array): Uint8Array {
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < chunk.length && !this.hasEnded && !this.isBroken; ) {
      if (this.#state === "data" || this.#state === "raw") {
        const end = this.#state === "raw" ? chunk.length : Math.min(chunk.length, at + this.#left);
        pieces.push(chunk.subarray(at, end));
        this.#left -= end - at;
        if (this.#state === "data" && this.#left === 0) this.#state = "size";
        at = end;
      } else {
        const start = this.#takeSizeByte(chunk[at++] as number);
        if (start !== undefined) pieces.push(start);
      }
    }
    return pieces.length === 1 ? (pieces[0] as Uint8Array) : Buffer.concat(pieces);
  }

  /** Returns the first bytes of a body that turns out not to be chunked. */
  #takeSizeByte(byte: number): Uint8Array | undefined {
    this.#kept?.push(byte);
    const digit = this.#state === "size" ? Number.parseInt(String.fromCharCode(byte), 16) : Number.NaN;
    if (digit >= 0 && this.#left <= MAX_SIZE) {
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

function isBlank(byte: number): boolean {
  return byte === SPACE || byte === TAB || byte === CR || byte === LF;
}
