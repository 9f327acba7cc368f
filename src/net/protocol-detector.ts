/** What the first bytes of a connection tell of its protocol. */
export type Protocol = "HTTP" | "TLS" | "other";

/**
 * How every browser begins (RFC 9112, 3.2.1; RFC 8446, 5.1). A page chooses among the methods; a request by any other than these begins
 * with the OPTIONS that asks for it.
 */
const METHODS = ["GET /", "HEAD /", "POST /", "PUT /", "PATCH /", "DELETE /", "OPTIONS /"];
const HANDSHAKE = "\x16\x03";

/**
 * Holds the first bytes of a connection back until they tell its protocol. A page of any site can have a browser send HTTP to
 * any TCP port, with bytes of its choice as the body, so that a raw protocol that passes over what it does not know would take
 * them (https://en.wikipedia.org/wiki/Inter-protocol_exploitation). Frames begin with a byte that needs no second one.
 */
export class ProtocolDetector {
  #held: Buffer | undefined = Buffer.alloc(0);
  #protocol: Protocol | undefined;

  /** Undefined until it is known. */
  get protocol(): Protocol | undefined {
    return this.#protocol;
  }

  /** Takes what came; gives what is to be read, which is nothing before the protocol is known. */
  take(chunk: Buffer): Buffer {
    if (this.#held === undefined) return chunk;
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    this.#protocol = protocolOf(bytes);
    this.#held = this.#protocol === undefined ? bytes : undefined;
    return this.#held === undefined ? bytes : Buffer.alloc(0);
  }
}

function protocolOf(bytes: Buffer): Protocol | undefined {
  const begins = (start: string) => bytes.toString("latin1", 0, start.length) === start.slice(0, bytes.length);
  const known = [...METHODS, HANDSHAKE].filter(begins);
  if (known.some((start) => start.length > bytes.length)) return undefined;
  if (known.length === 0) return "other";
  return known.includes(HANDSHAKE) ? "TLS" : "HTTP";
}
