import { epochOf } from "../../util/clock.ts";

/**
 * Gives the server's time at the connection's start, and even from there on, also if the system
 * clock is set.
 */
export class LiveClock {
  readonly #origin = epochOf(0);

  now(): number {
    return this.at(performance.now());
  }

  /** Converts from `performance.now()`. */
  at(moment: number): number {
    return this.#origin + moment;
  }

  fromEpoch<T extends number | null>(epochMs: T): T {
    return (epochMs === null ? null : epochMs + (this.#origin - epochOf(0))) as T;
  }
}
