/** Time servers answer within minutes. */
const SURE_AFTER_MS = 3_600_000;

/** Time servers slew by up to 128 ms (ntpd(8)), and leap by a second. */
const JUMP_MS = 60_000;

export interface ClockSources {
  /** @default Date.now */
  readonly wall?: () => number;
  /** Never jumps. @default performance.now */
  readonly steady?: () => number;
}

/** Tells whether the system clock can be trusted: it may be wrong after boot. */
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

  /** Returns whether the clock ran for an hour without a jump. Call it every few minutes. */
  isSure(): boolean {
    const steady = this.#steady();
    const offset = this.#wall() - steady;
    if (Math.abs(offset - this.#offset) > JUMP_MS) this.#since = steady;
    this.#offset = offset;
    return steady - this.#since >= SURE_AFTER_MS;
  }
}
