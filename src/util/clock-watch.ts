/** How long the system clock has to go without a jump until it counts as right, in milliseconds: time servers answer within minutes. */
const SURE_AFTER_MS = 3_600_000;

/** What is less is no jump, in milliseconds: time servers slew by up to 128 ms at a time (ntpd(8)), and leap by a second. */
const JUMP_MS = 60_000;

export interface ClockSources {
  /** Milliseconds since the epoch by the system clock, which may jump. @default Date.now */
  readonly wall?: () => number;
  /** Milliseconds since anything, which never jump. @default performance.now */
  readonly steady?: () => number;
}

/** Tells whether the system clock may be believed: it may be wrong after boot, and is set while the server runs. */
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

  /** Looks at the clock; returns whether it has gone on without a jump for an hour. Call it every few minutes. */
  isSure(): boolean {
    const steady = this.#steady();
    const offset = this.#wall() - steady;
    if (Math.abs(offset - this.#offset) > JUMP_MS) this.#since = steady;
    this.#offset = offset;
    return steady - this.#since >= SURE_AFTER_MS;
  }
}
