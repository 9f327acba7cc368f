import type { WebSocket } from "ws";
import { TokenBucket } from "../../util/token-bucket.ts";
import { type ClientMessage, ControlMessageError, readControl } from "./protocol.ts";

/** Enough to subscribe to all cameras and to size their tiles. */
const MESSAGES_PER_SECOND = 512;

/** How long the socket of a client that sends more is not read. */
const DEAF_MS = 250;

export interface ControlReaderOptions {
  /** Returns true for a message that does not count against the rate. */
  readonly onMessage: (message: ClientMessage) => boolean;
  readonly onError: (error: ControlMessageError) => void;
}

/** Reads a client's control messages, with a limit per second. */
export class ControlReader {
  readonly #socket: WebSocket;
  readonly #options: ControlReaderOptions;
  readonly #bucket = new TokenBucket(MESSAGES_PER_SECOND);
  #deaf: NodeJS.Timeout | undefined;

  constructor(socket: WebSocket, options: ControlReaderOptions) {
    this.#socket = socket;
    this.#options = options;
    socket.on("message", (data: Buffer, isBinary) => this.#read(data, isBinary));
  }

  close(): void {
    clearTimeout(this.#deaf);
  }

  #read(data: Buffer, isBinary: boolean): void {
    try {
      if (isBinary) throw new ControlMessageError("Invalid control message: it is binary. Send text.");
      const message = readControl(data.toString());
      if (message !== undefined && this.#options.onMessage(message)) return;
    } catch (error) {
      if (!(error instanceof ControlMessageError)) throw error;
      this.#options.onError(error);
    }
    if (!this.#bucket.take(performance.now())) this.#pause();
  }

  #pause(): void {
    if (this.#deaf !== undefined) return;
    this.#socket.pause();
    this.#deaf = setTimeout(() => {
      this.#deaf = undefined;
      this.#socket.resume();
    }, DEAF_MS);
  }
}
