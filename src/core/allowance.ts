/** A budget that fills up again: at most `perSecond` in any moment, and so many a second over time. */
export class Allowance {
  readonly #perSecond: number;
  #left: number;
  #countedAt = Number.NEGATIVE_INFINITY;

  constructor(perSecond: number) {
    this.#perSecond = perSecond;
    this.#left = perSecond;
  }

  /** Takes one at `now`, in milliseconds of a clock that never goes back; false when none is left. */
  take(now: number): boolean {
    this.#left = Math.min(this.#perSecond, this.#left + ((now - this.#countedAt) * this.#perSecond) / 1000);
    this.#countedAt = now;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
