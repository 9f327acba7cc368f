import type { Socket } from "node:net";
import { textPieces } from "./text-pieces.ts";

/** Keeps pieces out of one read. */
const PAUSE_MS = 100;

/** For peers that do not read. */
const MAX_WAITING_BYTES = 64 * 1024;

/** Writes texts to a peer that decodes each read alone. */
export class TextWriter {
  readonly #socket: Socket;
  readonly #pieces: Buffer[] = [];
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.once("close", () => this.close());
  }

  /** Drops the text if too much waits. */
  write(text: string): boolean {
    const pieces = textPieces(text);
    const bytes = pieces.reduce((sum, { length }) => sum + length, 0);
    if (this.#bytes + this.#socket.writableLength + bytes > MAX_WAITING_BYTES) return false;
    this.#pieces.push(...pieces);
    this.#bytes += bytes;
    if (this.#timer === undefined) this.#next();
    return true;
  }

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
