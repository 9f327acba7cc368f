/** What came before tells nothing of now. */
const BUSY_MS = 500;

/** Nor do deliveries older than this. */
const OLDEST_MS = 2000;

/** The resolution of a browser's clock. */
const MIN_MS = 1;

interface Delivery {
  readonly at: number;
  readonly bytes: number;
  readonly busyMs: number;
}

/**
 * Measures what a whole connection carries: bytes delivered by the time in which any were in
 * flight. An idle link tells nothing.
 */
export class DeliveryRate {
  readonly #deliveries: Delivery[] = [];
  #bytes = 0;
  #busyMs = 0;

  /** `now` is of a monotonic clock. */
  delivered(bytes: number, busyMs: number, now: number): void {
    this.#deliveries.push({ at: now, bytes, busyMs });
    this.#bytes += bytes;
    this.#busyMs += busyMs;
    while (this.#deliveries.length > 1 && this.#isPast(this.#deliveries[0] as Delivery, now)) {
      const past = this.#deliveries.shift() as Delivery;
      this.#bytes -= past.bytes;
      this.#busyMs -= past.busyMs;
    }
  }

  /** Undefined before the first delivery. */
  get bytesPerSecond(): number | undefined {
    return this.#deliveries.length === 0 ? undefined : (this.#bytes / Math.max(this.#busyMs, MIN_MS)) * 1000;
  }

  #isPast({ at, busyMs }: Delivery, now: number): boolean {
    return this.#busyMs - busyMs >= BUSY_MS || now - at > OLDEST_MS;
  }
}
