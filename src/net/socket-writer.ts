import type { Socket } from "node:net";

/** A peer that takes nothing of what it was sent for this long, in milliseconds, is dropped, as a viewer over HTTP is. */
const DRAIN_TIMEOUT_MS = 30_000;

/** Writes to one socket, a piece at a time, and drops a peer that does not take them. */
export class SocketWriter {
  readonly #socket: Socket;
  readonly #timer: NodeJS.Timeout;
  /** When the write under way was begun, by `performance.now()`; undefined between writes. */
  #since: number | undefined;
  /** How much of it the system had not taken when it was last looked at, in bytes. */
  #left = 0;

  /** `timeoutMs` is how long the peer may take nothing, in milliseconds. @default 30000 */
  constructor(socket: Socket, timeoutMs = DRAIN_TIMEOUT_MS) {
    this.#socket = socket;
    this.#timer = setTimeout(() => this.#look(), timeoutMs);
    socket.once("close", () => clearTimeout(this.#timer));
  }

  /** For how long the peer has not taken all of a piece, in milliseconds; 0 between pieces. */
  get busyMs(): number {
    return this.#since === undefined ? 0 : performance.now() - this.#since;
  }

  /** Resolves when the system has taken all of `bytes`, or the socket has closed. One piece at a time. */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.#socket.destroyed) return;
    this.#since = performance.now();
    this.#left = bytes.length;
    this.#timer.refresh();
    await new Promise<unknown>((resolve) => {
      this.#socket.write(bytes, resolve);
    });
    this.#since = undefined;
  }

  /** Part of a piece taken is a sign of life: on a slow link a large picture takes its time. */
  #look(): void {
    const left = unsent(this.#socket);
    if (this.#since !== undefined && left >= this.#left) {
      this.#socket.destroy();
      return;
    }
    this.#left = left;
    this.#timer.refresh();
  }
}

/**
 * How many bytes of a socket the system has not taken. Node tells of whole writes alone; how far one has come is not part
 * of its interface, though its own timeouts use it (lib/net.js, _onTimeout): without it, a whole piece must be taken in time.
 */
function unsent(socket: Socket): number {
  return (socket as { _handle?: { writeQueueSize?: number } })._handle?.writeQueueSize ?? socket.writableLength;
}
