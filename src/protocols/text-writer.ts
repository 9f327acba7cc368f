import type { Socket } from "node:net";
import { textPieces } from "./text-pieces.ts";

/**
 * Pause between two pieces, in milliseconds: without one the system would put them into one read of the peer, cut where
 * its buffer is full.
 */
const PAUSE_MS = 100;

/** A peer that does not read what it is told is told no more once this much waits for it, in bytes. */
const MAX_WAITING_BYTES = 64 * 1024;

/** Writes texts to a peer that decodes each of its reads alone: as UTF-8 without terminator, in pieces with pauses between. */
export class TextWriter {
  readonly #socket: Socket;
  readonly #pieces: Buffer[] = [];
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.once("close", () => this.close());
  }

  /** Writes a text behind those that wait; false, and does not, when too much waits already. */
  write(text: string): boolean {
    const pieces = textPieces(text);
    const bytes = pieces.reduce((sum, { length }) => sum + length, 0);
    if (this.#bytes + this.#socket.writableLength + bytes > MAX_WAITING_BYTES) return false;
    this.#pieces.push(...pieces);
    this.#bytes += bytes;
    if (this.#timer === undefined) this.#next();
    return true;
  }

  /** Writes nothing more. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#pieces.length = this.#bytes = 0;
  }

  #next(): void {
    this.#timer = undefined;
    const piece = this.#pieces.shift();
    if (piece === undefined || !this.#socket.writable) return;
    this.#bytes -= piece.length;
    this.#socket.write(piece);
    this.#timer = setTimeout(() => this.#next(), PAUSE_MS);
  }
}
