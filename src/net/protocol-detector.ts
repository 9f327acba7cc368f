import type { Socket } from "node:net";

export type Protocol = "HTTP" | "TLS" | "other";

/** RFC 9112, 3.2.1; RFC 8446, 5.1; other methods begin with OPTIONS. */
const METHODS = ["GET /", "HEAD /", "POST /", "PUT /", "PATCH /", "DELETE /", "OPTIONS /"];
const HANDSHAKE = "\x16\x03";

/**
 * Holds back the first bytes of a connection until they tell its protocol.
 *
 * A page of any site can make a browser send HTTP to any TCP port. A raw protocol that skips
 * unknown bytes would accept its body (https://en.wikipedia.org/wiki/Inter-protocol_exploitation).
 */
export class ProtocolDetector {
  #held: Buffer | undefined = Buffer.alloc(0);
  #protocol: Protocol | undefined;

  get protocol(): Protocol | undefined {
    return this.#protocol;
  }

  /** Returns the bytes to read: none before the protocol is known. */
  push(chunk: Buffer): Buffer {
    if (this.#held === undefined) return chunk;
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    this.#protocol = protocolOf(bytes);
    this.#held = this.#protocol === undefined ? bytes : undefined;
    return this.#held === undefined ? bytes : Buffer.alloc(0);
  }
}

/** Passes on the first byte, to be read again. Closes a connection that brings none in time. */
export function peekFirstByte(socket: Socket, timeoutMs: number, callback: (byte: number) => void): void {
  const close = () => socket.destroy();
  const timer = setTimeout(close, timeoutMs);
  const peek = () => {
    const bytes = socket.read(1) as Buffer | null;
    if (bytes === null) return;
    clearTimeout(timer);
    socket.off("readable", peek).off("end", close);
    socket.unshift(bytes);
    callback(bytes[0] as number);
  };
  // The new owner listens a moment later.
  socket.on("error", () => {});
  socket.once("close", () => clearTimeout(timer));
  socket.on("end", close).on("readable", peek);
}

function protocolOf(bytes: Buffer): Protocol | undefined {
  const startsAs = (start: string) => bytes.toString("latin1", 0, start.length) === start.slice(0, bytes.length);
  const candidates = [...METHODS, HANDSHAKE].filter(startsAs);
  if (candidates.some((start) => start.length > bytes.length)) return undefined;
  if (candidates.length === 0) return "other";
  return candidates.includes(HANDSHAKE) ? "TLS" : "HTTP";
}
