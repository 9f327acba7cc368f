import { epochOf } from "../../util/clock.ts";

/**
 * The clock of one live connection: the server's time at its start, and even from there on, also
 * if the system clock is set. A client that knows its offset can tell how old a frame is.
 */
export class LiveClock {
  readonly #origin = epochOf(0);

  now(): number {
    return this.at(performance.now());
  }

  /** Converts a moment by `performance.now()`. */
  at(moment: number): number {
    return this.#origin + moment;
  }

  /** Converts a moment of the system clock. */
  fromEpoch<T extends number | null>(epochMs: T): T {
    return (epochMs === null ? null : epochMs + (this.#origin - epochOf(0))) as T;
  }
}
