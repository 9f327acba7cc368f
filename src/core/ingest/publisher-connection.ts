import { type Publisher, PublisherTimeout } from "./publisher.ts";

/**
 * The least bytes within the stall time, without a whole frame, that keep a connection.
 * 64 KiB in 10 s is a tenth of the slowest mobile network, and bounds how long a client
 * can hold a slot.
 */
const MIN_PROGRESS_BYTES = 64 * 1024;

export interface PublisherConnectionOptions {
  readonly publisher: Publisher;
  /** A stream is live from start to end; a single frame's publisher for the stall time. */
  readonly isStream: boolean;
  /** Tells a large frame on a slow link from silence. */
  readonly received: () => number;
  /**
   * Told once why to close: a PublisherTimeout, PublisherConflict (another took its slot) or
   * PublisherSlotBusy.
   */
  readonly onLost: (error: Error) => void;
}

export interface PublisherSlotSide {
  give(jpeg: Uint8Array): Promise<void>;
  skip(reason: string): void;
  end(how: ConnectionEnd): void;
}

/** `done`: complete; its publisher may return. `silent`: no whole frame for the stall time. */
export type ConnectionEnd = "done" | "gone" | "silent";

/** Tracks one connection of a publisher, and its timeout. */
export class PublisherConnection {
  readonly publisher: Publisher;
  readonly isStream: boolean;
  readonly #options: PublisherConnectionOptions;
  readonly #slot: PublisherSlotSide;
  readonly #stallMs: number;
  readonly #timer: NodeJS.Timeout;
  #received: number;
  #isOver = false;

  constructor(options: PublisherConnectionOptions, stallMs: number, slot: PublisherSlotSide) {
    this.publisher = options.publisher;
    this.isStream = options.isStream;
    this.#options = options;
    this.#slot = slot;
    this.#stallMs = stallMs;
    this.#received = options.received();
    this.#timer = setTimeout(() => this.#judge(), stallMs);
  }

  /**
   * Gives the camera a whole JPEG; resolves when it is taken, so the client is read no faster.
   * @throws PublisherConflict if a single frame comes while another publisher is live.
   */
  async push(jpeg: Uint8Array): Promise<void> {
    if (this.#isOver) return;
    this.#timer.refresh();
    await this.#slot.give(jpeg);
    if (!this.#isOver) this.#timer.refresh();
  }

  skip(reason: string): void {
    this.#slot.skip(reason);
  }

  end(how: "done" | "gone" = "gone"): void {
    if (this.#finish()) this.#slot.end(how);
  }

  lose(error: Error): void {
    if (!this.#finish()) return;
    this.#slot.end("gone");
    this.#options.onLost(error);
  }

  #judge(): void {
    const received = this.#options.received();
    if (received - this.#received >= MIN_PROGRESS_BYTES) {
      this.#received = received;
      this.#timer.refresh();
    } else if (this.#finish()) {
      this.#slot.end("silent");
      this.#options.onLost(new PublisherTimeout(`No whole frame came for ${this.#stallMs / 1000} s.`));
    }
  }

  #finish(): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    clearTimeout(this.#timer);
    return true;
  }
}
