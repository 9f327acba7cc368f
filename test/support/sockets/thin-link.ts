/**
 * A simulated link with a limited rate. Bytes wait in it, and are acknowledged one round trip after
 * they arrive.
 */
export class ThinLink {
  /** Bytes per second. */
  rate: number;
  readonly #rttMs: number;
  readonly #parts: { bytes: number; readonly arrivedAt: number }[] = [];
  readonly #waiting: number[] = [];
  #at = 0;

  constructor(rate: number, rttMs = 0) {
    this.rate = rate;
    this.#rttMs = rttMs;
  }

  send(bytes: number): void {
    this.#waiting.push(bytes);
  }

  /** Advances the simulation to a moment, in milliseconds. */
  runTo(now: number): void {
    let budget = (this.rate * (now - this.#at)) / 1000;
    while (this.#waiting[0] !== undefined && budget > 0) {
      const taken = Math.min(this.#waiting[0], budget);
      budget -= taken;
      this.#waiting[0] -= taken;
      if (this.#waiting[0] < 1e-6) this.#waiting.shift();
      this.#parts.push({ bytes: taken, arrivedAt: now });
    }
    this.#at = now;
    while (this.#parts[0] !== undefined && this.#parts[0].arrivedAt + this.#rttMs <= now) this.#parts.shift();
  }

  /** The reader at the other end reads at once. */
  readonly window = 1_000_000;

  /** Bytes that have not arrived. */
  get waiting(): number {
    return sum(this.#waiting);
  }

  /** Bytes that are not acknowledged. */
  get unacknowledged(): number {
    return sum(this.#waiting) + sum(this.#parts.map(({ bytes }) => bytes));
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
