import type { IncomingMessage } from "node:http";

/** Pieces below this many bytes are joined: larger ones cost little for what they bring, and pass without a copy. */
const SMALL_BYTES = 512;

/** Bytes joined at most before they are passed on: what Node 20 keeps unread of a body (its `highWaterMark`). */
const JOINED_BYTES = 16 * 1024;

/** How often joined bytes are offered to a reader that has not taken those before them, in milliseconds. */
const OFFER_MS = 10;

/** Small pieces read in one turn of the event loop; a busy socket would give 32 reads of 64 KB, which take a second. */
const PIECES_IN_TURN = 4096;

/** Counts small pieces, and returns how long no more are to be read, in milliseconds; 0 or less to go on. */
export type ChargeChunks = (pieces: number) => number;

/**
 * Joins the small pieces of a message's body before anything keeps them, and slows down a peer that sends many.
 *
 * Node makes a Buffer of each chunk of a chunked body, which takes some 650 bytes and 2.5 µs of a core (Node 20, measured
 * 2026-11-29): 16 KB that nobody reads in chunks of one byte are 10 MB for each connection, and one connection that
 * sends them takes all of a core. Call it before the body comes.
 */
export function joinSmallChunks(message: IncomingMessage, charge: ChargeChunks): void {
  const joiner = new Joiner(message, charge);
  message.push = (piece) => joiner.take(piece);
  // By which a reader has Node read the socket on.
  const read = message._read.bind(message);
  message._read = (size) => {
    if (!joiner.isHeld) read(size);
  };
  message.once("close", () => joiner.close());
}

class Joiner {
  readonly #message: IncomingMessage;
  readonly #push: (piece: Uint8Array | null) => boolean;
  readonly #charge: ChargeChunks;
  /** Memory for joined bytes, once there were any. */
  #buffer: Buffer | undefined;
  #length = 0;
  /** Small pieces that came and are not charged yet. */
  #pieces = 0;
  #isHeld = false;
  #release: NodeJS.Timeout | undefined;
  #offer: NodeJS.Timeout | undefined;

  constructor(message: IncomingMessage, charge: ChargeChunks) {
    this.#message = message;
    this.#push = message.push.bind(message);
    this.#charge = charge;
  }

  /** Whether the socket is not to be read now. */
  get isHeld(): boolean {
    return this.#isHeld;
  }

  /** Takes what Node's parser gives, null at the end; false has it read no more, as `Readable.push` does. */
  take(piece: Uint8Array | null): boolean {
    if (piece !== null && piece.length < SMALL_BYTES) return this.#join(piece);
    this.#flush();
    return this.#push(piece);
  }

  close(): void {
    clearTimeout(this.#release);
    clearTimeout(this.#offer);
    this.#length = 0;
    if (this.#isHeld) this.#message.socket.resume();
  }

  #join(piece: Uint8Array): boolean {
    this.#buffer ??= Buffer.allocUnsafeSlow(JOINED_BYTES);
    const isTaken = this.#length + piece.length <= JOINED_BYTES || this.#flush();
    this.#buffer.set(piece, this.#length);
    this.#length += piece.length;
    this.#pieces++;
    // Not at the next tick, since ticks run after each piece of a read.
    if (this.#pieces === 1) setImmediate(() => this.#settle());
    if (this.#pieces === PIECES_IN_TURN) this.#hold();
    return isTaken;
  }

  #settle(): void {
    const waitMs = this.#charge(this.#pieces);
    this.#pieces = 0;
    if (this.#message.destroyed) return;
    if (waitMs > 0) {
      this.#hold();
      clearTimeout(this.#release);
      this.#release = setTimeout(() => this.#goOn(), waitMs);
    } else this.#goOn();
  }

  /** Reads no more until `#goOn`. */
  #hold(): void {
    this.#isHeld = true;
    this.#message.socket.pause();
  }

  #goOn(): void {
    const wasHeld = this.#isHeld;
    this.#isHeld = false;
    this.#passOn();
    const { socket, readableLength, readableHighWaterMark } = this.#message;
    // Else Node goes on by itself, once what waits is read.
    if (wasHeld && readableLength < readableHighWaterMark) socket.resume();
  }

  /** Passes on what is joined once its reader has taken what came before. */
  #passOn(): void {
    clearTimeout(this.#offer);
    if (this.#length === 0) return;
    if (this.#message.readableLength === 0) this.#flush();
    else this.#offer = setTimeout(() => this.#passOn(), OFFER_MS);
  }

  #flush(): boolean {
    if (this.#length === 0) return true;
    const joined = Buffer.from((this.#buffer as Buffer).subarray(0, this.#length));
    this.#length = 0;
    return this.#push(joined);
  }
}
