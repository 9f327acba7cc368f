/** How fast the past fades. */
const MEMORY_MS = 700;

/** Measures the share of offered frames that went out recently, by a monotonic clock. */
export class DeliveryRatio {
  #offered = 0;
  #sent = 0;
  #fadedAt = Number.NEGATIVE_INFINITY;

  offered(now: number): void {
    this.#fade(now);
    this.#offered++;
  }

  sent(now: number): void {
    this.#fade(now);
    this.#sent++;
  }

  isBelow(share: number): boolean {
    return this.#sent < share * this.#offered;
  }

  reset(): void {
    [this.#offered, this.#sent] = [0, 0];
  }

  #fade(now: number): void {
    const kept = Math.exp((this.#fadedAt - now) / MEMORY_MS);
    this.#offered *= kept;
    this.#sent *= kept;
    this.#fadedAt = now;
  }
}
