import { epochOf } from "../../util/clock.ts";

/**
 * The time that one live connection is told: the server's as it was when the connection began, and from there on evenly, also
 * when the system clock is set. So a client that knows how far it is ahead of its own knows how old a picture is.
 */
export class LiveClock {
  readonly #origin = epochOf(0);

  now(): number {
    return this.at(performance.now());
  }

  /** A moment by `performance.now()`. */
  at(moment: number): number {
    return this.#origin + moment;
  }

  /** A moment that the system clock, as it is now, calls `epochMs`. */
  told<T extends number | null>(epochMs: T): T {
    return (epochMs === null ? null : epochMs + (this.#origin - epochOf(0))) as T;
  }
}
