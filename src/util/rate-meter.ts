/** At 60 a second, the last second. */
const REMEMBERED = 64;

const WINDOW_MS = 5000;

/** In intervals: then an event comes no more. */
const OVERDUE = 2.5;

/** Measures the present rate of events; 0 once they stop. */
export class RateMeter {
  readonly #times = new Float64Array(REMEMBERED);
  #count = 0;

  /** Counts an event at `now`, of a steady clock. */
  tick(now: number): void {
    this.#times[this.#count++ % REMEMBERED] = now;
  }

  get count(): number {
    return this.#count;
  }

  /** Returns events per second: less if the next is overdue. */
  rate(now: number): number {
    const newest = this.#count - 1;
    const silence = now - this.#at(newest);
    let oldest = newest;
    while (oldest > 0 && newest - oldest < REMEMBERED - 1 && now - this.#at(oldest - 1) <= WINDOW_MS) oldest--;
    if (oldest >= newest) return this.#slowRate(newest, silence);
    const interval = (this.#at(newest) - this.#at(oldest)) / (newest - oldest);
    return silence > WINDOW_MS ? 0 : 1000 / Math.max(interval, silence);
  }

  /** By the shorter of the last two intervals, since one long one may be a fault. */
  #slowRate(newest: number, silence: number): number {
    if (newest < 2) return 0;
    const interval = Math.min(this.#at(newest) - this.#at(newest - 1), this.#at(newest - 1) - this.#at(newest - 2));
    return silence > OVERDUE * interval ? 0 : 1000 / Math.max(interval, silence);
  }

  #at(index: number): number {
    return this.#times[index % REMEMBERED] ?? 0;
  }
}
