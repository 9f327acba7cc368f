import { type Publisher, PublisherTimeout } from "./publisher.ts";

/**
 * A connection that brings less than this within the stall time, in bytes, and no whole picture, is given up: 64 KiB in the
 * usual 10 s is a tenth of the slowest mobile network, and bounds how long a place can be held by dribbling.
 */
const MIN_PROGRESS_BYTES = 64 * 1024;

export interface PublisherConnectionOptions {
  readonly publisher: Publisher;
  /**
   * True for a stream, which is live from its beginning to its end. False for what brings a single picture: its sender is
   * live from that picture on for the stall time.
   */
  readonly isStream: boolean;
  /** Bytes received so far: tells a large picture on a slow link from next to nothing. */
  readonly received: () => number;
  /**
   * Told once when the connection is to be closed, with what the sender should be told: a SenderTimeout, a SenderConflict
   * when it lost its place, or an InletBusy.
   */
  readonly onLost: (error: Error) => void;
}

/** What the inlet does for a connection. */
export interface PublisherSlotSide {
  give(jpeg: Uint8Array): Promise<void>;
  skip(reason: string): void;
  end(how: ConnectionEnd): void;
}

/**
 * How a connection ends. `done`: it brought all it had, and its sender may come back with more. `silent`: it gave no whole
 * picture for the stall time. `gone`: in any other way.
 */
export type ConnectionEnd = "done" | "gone" | "silent";

/** One connection that brings pictures to an inlet, and its patience. */
export class PublisherConnection {
  readonly publisher: Publisher;
  readonly isStream: boolean;
  readonly #parts: PublisherConnectionOptions;
  readonly #inlet: PublisherSlotSide;
  readonly #stallMs: number;
  readonly #timer: NodeJS.Timeout;
  #received: number;
  #isOver = false;

  constructor(parts: PublisherConnectionOptions, stallMs: number, inlet: PublisherSlotSide) {
    this.publisher = parts.publisher;
    this.isStream = parts.isStream;
    this.#parts = parts;
    this.#inlet = inlet;
    this.#stallMs = stallMs;
    this.#received = parts.received();
    this.#timer = setTimeout(() => this.#judge(), stallMs);
  }

  /**
   * Gives the camera a whole JPEG; resolves when it is taken, so that a sender is read no faster than the camera takes.
   * @throws SenderConflict when a single picture comes while another sender is live.
   */
  async push(jpeg: Uint8Array): Promise<void> {
    if (this.#isOver) return;
    this.#timer.refresh();
    await this.#inlet.give(jpeg);
    if (!this.#isOver) this.#timer.refresh();
  }

  /** Counts a picture that came and cannot be shown. */
  skip(reason: string): void {
    this.#inlet.skip(reason);
  }

  /** Says that no more will come: `done` when all that was to come has. */
  end(how: "done" | "gone" = "gone"): void {
    if (this.#finish()) this.#inlet.end(how);
  }

  /** Has it closed. For the inlet. */
  lose(error: Error): void {
    if (!this.#finish()) return;
    this.#inlet.end("gone");
    this.#parts.onLost(error);
  }

  #judge(): void {
    const received = this.#parts.received();
    if (received - this.#received >= MIN_PROGRESS_BYTES) {
      this.#received = received;
      this.#timer.refresh();
    } else if (this.#finish()) {
      this.#inlet.end("silent");
      this.#parts.onLost(new PublisherTimeout(`No whole picture came for ${this.#stallMs / 1000} s.`));
    }
  }

  #finish(): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    clearTimeout(this.#timer);
    return true;
  }
}
