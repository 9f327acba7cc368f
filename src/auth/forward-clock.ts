import type { ClockSources } from "../util/clock-watch.ts";

/**
 * Tells when tokens and sessions end. If the system clock is set back, it goes on: expired tokens
 * stay expired.
 */
export class ForwardClock {
  readonly #wall: () => number;
  readonly #steady: () => number;
  /** Of the system clock over the steady one. */
  #aheadMs = Number.NEGATIVE_INFINITY;

  constructor({ wall = Date.now, steady = () => performance.now() }: ClockSources = {}) {
    this.#wall = wall;
    this.#steady = steady;
    this.now();
  }

  now(): number {
    const steady = this.#steady();
    this.#aheadMs = Math.max(this.#aheadMs, this.#wall() - steady);
    return this.#aheadMs + steady;
  }
}
