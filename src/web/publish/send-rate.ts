/** What the rates are taken over. */
const WINDOW_MS = 3000;

interface Answered {
  readonly at: number;
  readonly bytes: number;
  readonly ageMs: number;
}

/** The rates of frames that the server has answered in the last moments. */
export class SendRate {
  #answered: Answered[] = [];

  sample(bytes: number, ageMs: number): void {
    this.#answered.push({ at: performance.now(), bytes, ageMs });
  }

  reset(): void {
    this.#answered = [];
  }

  /** Returns frames and kilobytes per second, and how old the newest was when the server had it. */
  report(): { fps: number; kilobytes: number; ageMs: number } {
    const now = performance.now();
    this.#answered = this.#answered.filter(({ at }) => now - at < WINDOW_MS);
    const [first, last] = [this.#answered[0], this.#answered.at(-1)];
    if (first === undefined || last === undefined) return { fps: 0, kilobytes: 0, ageMs: Number.NaN };
    // Over the time between them, rather than the window: the first seconds are not slower.
    const seconds = Math.max((now - first.at) / 1000, 0.25);
    const bytes = this.#answered.reduce((sum, one) => sum + one.bytes, 0);
    return { fps: this.#answered.length / seconds, kilobytes: bytes / 1000 / seconds, ageMs: last.ageMs };
  }
}
