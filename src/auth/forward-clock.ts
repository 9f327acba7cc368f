import type { ClockSources } from "../util/clock-watch.ts";

/**
 * The time by which tokens and sessions end: the system clock's, but it never goes back. If the system clock is set back,
 * time goes on from the latest that was seen, so that what was over stays over until the process ends.
 */
export class ForwardClock {
  readonly #wall: () => number;
  readonly #steady: () => number;
  /** The farthest that the system clock was seen ahead of the steady one. */
  #aheadMs = Number.NEGATIVE_INFINITY;

  constructor({ wall = Date.now, steady = () => performance.now() }: ClockSources = {}) {
    this.#wall = wall;
    this.#steady = steady;
    this.now();
  }

  /** Milliseconds since the epoch. */
  now(): number {
    const steady = this.#steady();
    this.#aheadMs = Math.max(this.#aheadMs, this.#wall() - steady);
    return this.#aheadMs + steady;
  }
}
