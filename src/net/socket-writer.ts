import type { Socket } from "node:net";

/** As for viewers over HTTP. */
const DRAIN_TIMEOUT_MS = 30_000;

/** Writes to a socket, and drops a peer that stops reading. */
export class SocketWriter {
  readonly #socket: Socket;
  readonly #timer: NodeJS.Timeout;
  /** By `performance.now()`. */
  #since: number | undefined;
  #left = 0;

  /** @default 30000 */
  constructor(socket: Socket, timeoutMs = DRAIN_TIMEOUT_MS) {
    this.#socket = socket;
    this.#timer = setTimeout(() => this.#look(), timeoutMs);
    socket.once("close", () => clearTimeout(this.#timer));
  }

  /** 0 between pieces. */
  get busyMs(): number {
    return this.#since === undefined ? 0 : performance.now() - this.#since;
  }

  /** Resolves when the system has taken all, or the socket has closed. */
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

  /** A partly taken frame is a sign of life on a slow link. */
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

/** Node's own timeouts use this undocumented field (lib/net.js, _onTimeout). */
function unsent(socket: Socket): number {
  return (socket as { _handle?: { writeQueueSize?: number } })._handle?.writeQueueSize ?? socket.writableLength;
}
