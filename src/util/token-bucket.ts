/** A budget that fills up again: at most `burst` in any moment, and so many a second over time. */
export class TokenBucket {
  #perSecond: number;
  #burst: number;
  #left: number;
  #countedAt = Number.NEGATIVE_INFINITY;

  /** @param burst As many as fill up in a second by default. */
  constructor(perSecond: number, burst = perSecond) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#left = burst;
  }

  /** Takes one at `now`, in milliseconds of a clock that never goes back; false when none is left. */
  take(now: number): boolean {
    this.#fill(now);
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }

  /** Takes `count` at `now`, also of what is not there; returns how long until none is owed, in milliseconds. */
  charge(count: number, now: number): number {
    this.#fill(now);
    this.#left -= count;
    return this.#left >= 0 ? 0 : (-this.#left * 1000) / this.#perSecond;
  }

  /** Has another size from now on; what is left stays, as far as it fits. */
  resize(perSecond: number, burst: number): void {
    this.#perSecond = perSecond;
    this.#burst = burst;
  }

  #fill(now: number): void {
    this.#left = Math.min(this.#burst, this.#left + ((now - this.#countedAt) * this.#perSecond) / 1000);
    this.#countedAt = now;
  }
}
