/** Rounding must not cost a token. */
const EPSILON = 1e-9;

/** Limits a rate (RFC 2697): `burst` tokens at once, `perSecond` over time. */
export class TokenBucket {
  #perSecond: number;
  #burst: number;
  #tokens: number;
  #filledAt = Number.NEGATIVE_INFINITY;

  constructor(perSecond: number, burst = perSecond) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#tokens = burst;
  }

  /** Takes a token at `now`, of a steady clock; false if none is left. */
  take(now: number): boolean {
    this.#fill(now);
    if (this.#tokens < 1 - EPSILON) return false;
    this.#tokens -= 1;
    return true;
  }

  /** Takes tokens, into debt if needed; returns the ms until it is paid. */
  charge(count: number, now: number): number {
    this.#fill(now);
    this.#tokens -= count;
    return this.#tokens >= -EPSILON ? 0 : (-this.#tokens * 1000) / this.#perSecond;
  }

  /** Keeps the tokens left, up to the new burst. */
  resize(perSecond: number, burst: number): void {
    this.#perSecond = perSecond;
    this.#burst = burst;
  }

  #fill(now: number): void {
    const earned = ((now - this.#filledAt) * this.#perSecond) / 1000;
    this.#tokens = Math.min(this.#burst, this.#tokens + earned);
    this.#filledAt = now;
  }
}
