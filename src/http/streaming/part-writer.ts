import type { Socket } from "node:net";
import type { PartReceiver } from "./feed.ts";
import { type Framing, OPENING, type Part } from "./multipart.ts";

/** Is notified before each part is written, and when the system has taken all of it. */
export interface PartObserver {
  writing(part: Part, bytes: number): void;
  written(): void;
}

export interface PartWriterOptions {
  readonly socket: Socket;
  readonly framing: Framing;
  readonly observer: PartObserver;
  readonly network: string;
  /** If false, the last frame is repeated. */
  readonly takesPlaceholder: (isSizeGuessed: boolean) => boolean;
  readonly onClose: () => void;
}

/**
 * Writes one viewer's parts to its socket: the last hop. While the system takes a part, only the
 * newest of the next is kept. Measured 2026-11-20: as a generator in a pipeline, 0.39 against 0.30
 * s of CPU per GB at 200 viewers.
 */
export class PartWriter implements PartReceiver {
  readonly takesPlaceholder: (isSizeGuessed: boolean) => boolean;
  readonly network: string;
  readonly #socket: Socket;
  readonly #framing: Framing;
  readonly #observer: PartObserver;
  readonly #onClose: () => void;
  /** Made once, for all writes. */
  readonly #written = () => this.#afterWrite();
  #isWriting = false;
  #waiting: Part | undefined;
  #lastFrame: Part | undefined;

  constructor({ socket, framing, observer, network, takesPlaceholder, onClose }: PartWriterOptions) {
    this.network = network;
    this.#socket = socket;
    this.#framing = framing;
    this.#observer = observer;
    this.takesPlaceholder = takesPlaceholder;
    this.#onClose = onClose;
  }

  get isWriting(): boolean {
    return this.#isWriting;
  }

  /** Call it once, before any part. */
  open(): void {
    this.#isWriting = true;
    this.#socket.write(OPENING[this.#framing], this.#written);
  }

  put(given: Part): void {
    let part: Part | undefined = given;
    if (given.placeholder === undefined) this.#lastFrame = given;
    else if (!this.takesPlaceholder(given.placeholder.isSizeGuessed)) part = this.#lastFrame;
    if (part === undefined) return;
    if (this.#isWriting) this.#waiting = part;
    else this.#write(part);
  }

  close(): void {
    this.#waiting = undefined;
    this.#onClose();
  }

  #write(part: Part): void {
    const bytes = part[this.#framing];
    this.#isWriting = true;
    this.#observer.writing(part, bytes.length);
    this.#socket.write(bytes, this.#written);
  }

  /** Also called when a write failed; the socket then closes. */
  #afterWrite(): void {
    this.#isWriting = false;
    this.#observer.written();
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    this.#waiting = undefined;
    this.#write(waiting);
  }
}
