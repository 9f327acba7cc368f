/** How many of the latest events are remembered: at 60 a second, the last second. */
const REMEMBERED = 64;

/** Older events say nothing of the rate now, in milliseconds. */
const WINDOW_MS = 5000;

/** What has not come for so many of its intervals comes no more. */
const OVERDUE = 2.5;

/** Events per second over the last moments. Reads 0 once they stop coming. */
export class RateMeter {
  readonly #times = new Float64Array(REMEMBERED);
  #count = 0;

  /** Counts an event at `now`, in milliseconds of a clock that never goes back. */
  tick(now: number): void {
    this.#times[this.#count++ % REMEMBERED] = now;
  }

  /** How many events there were. */
  get count(): number {
    return this.#count;
  }

  /** Events per second at `now`, of the same clock: one per mean interval, and less when the next is overdue. */
  rate(now: number): number {
    const newest = this.#count - 1;
    const silence = now - this.#at(newest);
    let oldest = newest;
    while (oldest > 0 && newest - oldest < REMEMBERED - 1 && now - this.#at(oldest - 1) <= WINDOW_MS) oldest--;
    if (oldest >= newest) return this.#slowRate(newest, silence);
    const interval = (this.#at(newest) - this.#at(oldest)) / (newest - oldest);
    return silence > WINDOW_MS ? 0 : 1000 / Math.max(interval, silence);
  }

  /**
   * Of what comes so seldom that the window holds one event at most: by the shorter of the last two intervals, since a
   * single long one may have been a fault.
   */
  #slowRate(newest: number, silence: number): number {
    if (newest < 2) return 0;
    const interval = Math.min(this.#at(newest) - this.#at(newest - 1), this.#at(newest - 1) - this.#at(newest - 2));
    return silence > OVERDUE * interval ? 0 : 1000 / Math.max(interval, silence);
  }

  #at(index: number): number {
    return this.#times[index % REMEMBERED] ?? 0;
  }
}
