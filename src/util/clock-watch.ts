/**
 * A clock without a jump for this long is right: time servers answer within minutes.
 */
const SURE_AFTER_MS = 3_600_000;

/**
 * Less is no jump: time servers slew by up to 128 ms (ntpd(8)), and leap by a second.
 */
const JUMP_MS = 60_000;

export interface ClockSources {
  /** The system clock, which may jump. @default Date.now */
  readonly wall?: () => number;
  /** A clock that never jumps. @default performance.now */
  readonly steady?: () => number;
}

/**
 * Tells whether the system clock can be trusted. It may be wrong after boot, and be set
 * later.
 */
export class ClockWatch {
  readonly #wall: () => number;
  readonly #steady: () => number;
  #offset: number;
  #since: number;

  constructor({ wall = Date.now, steady = () => performance.now() }: ClockSources = {}) {
    this.#wall = wall;
    this.#steady = steady;
    this.#since = steady();
    this.#offset = wall() - this.#since;
  }

  /**
   * Samples the clock; returns whether it ran for an hour without a jump. Call it every
   * few minutes.
   */
  isSure(): boolean {
    const steady = this.#steady();
    const offset = this.#wall() - steady;
    if (Math.abs(offset - this.#offset) > JUMP_MS) this.#since = steady;
    this.#offset = offset;
    return steady - this.#since >= SURE_AFTER_MS;
  }
}
