/** How much of the past counts, in milliseconds: what is older counts ever less. */
const MEMORY_MS = 700;

/** How many of the pictures that there were went out, of late. Times are in milliseconds of a clock that never goes back. */
export class DeliveryRatio {
  #offered = 0;
  #sent = 0;
  #fadedAt = Number.NEGATIVE_INFINITY;

  /** There is a picture to be sent. */
  offered(now: number): void {
    this.#fade(now);
    this.#offered++;
  }

  /** One goes out. */
  sent(now: number): void {
    this.#fade(now);
    this.#sent++;
  }

  /** Whether less than this share went out. */
  isBelow(share: number): boolean {
    return this.#sent < share * this.#offered;
  }

  /** Forgets all there was. */
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
