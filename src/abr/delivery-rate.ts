/** So much time in which something was under way is looked at, in milliseconds: what came before says nothing of now. */
const BUSY_MS = 500;

/** What is older than this, in milliseconds, says nothing either. */
const OLDEST_MS = 2000;

/** What no clock of a browser tells apart, in milliseconds. */
const MIN_MS = 1;

interface Delivery {
  readonly at: number;
  readonly bytes: number;
  readonly busyMs: number;
}

/**
 * What a link carries, measured by what arrives over it: bytes that arrived by the time in which any were under way. While
 * nothing is there to send the link is idle, and tells nothing of what it could carry.
 */
export class DeliveryRate {
  readonly #deliveries: Delivery[] = [];
  #bytes = 0;
  #busyMs = 0;

  /** Counts bytes that arrived at `now`, in milliseconds of a clock that never goes back, after so long under way. */
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

  /** Bytes a second; undefined before anything has arrived. */
  get bytesPerSecond(): number | undefined {
    return this.#deliveries.length === 0 ? undefined : (this.#bytes / Math.max(this.#busyMs, MIN_MS)) * 1000;
  }

  #isPast({ at, busyMs }: Delivery, now: number): boolean {
    return this.#busyMs - busyMs >= BUSY_MS || now - at > OLDEST_MS;
  }
}
