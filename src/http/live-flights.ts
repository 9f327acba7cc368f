import type { Sent } from "./viewers.ts";

/** A picture that was sent. */
export interface Flight extends Sent {
  /** Among the messages of its subscription, from 1. */
  readonly number: number;
  /** Among the pictures of its connection. */
  readonly order: number;
  /** Of its message. */
  readonly bytes: number;
}

/** What a subscription has sent and what was acknowledged. Times are by `performance.now()`. */
export class LiveFlights {
  readonly #flights: Flight[] = [];
  #sentBytes = 0;
  #acknowledgedBytes = 0;
  #acknowledgedAt = Number.NEGATIVE_INFINITY;

  /** How many are not acknowledged. */
  get count(): number {
    return this.#flights.length;
  }

  /** The oldest that is not acknowledged. */
  get oldest(): Flight | undefined {
    return this.#flights[0];
  }

  /** Of all messages so far. */
  get sentBytes(): number {
    return this.#sentBytes;
  }

  /** Of those that were acknowledged. */
  get acknowledgedBytes(): number {
    return this.#acknowledgedBytes;
  }

  /** Since when one waits to be acknowledged, while others were not either; undefined while none does. */
  get silentSince(): number | undefined {
    return this.oldest === undefined ? undefined : Math.max(this.oldest.at, this.#acknowledgedAt);
  }

  sent(flight: Flight): void {
    this.#flights.push(flight);
    this.#sentBytes += flight.bytes;
  }

  /** The one of this number and all before it are acknowledged: gives those that were not before. */
  acknowledge(number: number): Flight[] {
    const count = this.#flights.findLastIndex((flight) => flight.number <= number) + 1;
    const has = this.#flights.splice(0, count);
    if (count > 0) this.#acknowledgedAt = performance.now();
    for (const { bytes } of has) this.#acknowledgedBytes += bytes;
    return has;
  }
}
