/** Knows, of what was sent over a link, how old it was when it had arrived. Times are in milliseconds of one clock. */
export class DeliveryLag {
  /** In the order they were sent: how many bytes had been sent with the last of each, and when it came to be. */
  readonly #inFlight: { readonly end: number; readonly bornAt: number }[] = [];
  #lagMs = 0;

  /** Something came to be at `bornAt`, and with it `end` bytes were sent in all. */
  sent(end: number, bornAt: number): void {
    this.#inFlight.push({ end, bornAt });
  }

  /** By now so many of all bytes have arrived. */
  delivered(now: number, bytes: number): void {
    while (this.#inFlight[0] !== undefined && this.#inFlight[0].end <= bytes) {
      this.#lagMs = now - this.#inFlight[0].bornAt;
      this.#inFlight.shift();
    }
  }

  /** How old the newest that arrived was then, or, if that is older, the oldest that is on its way is now. */
  lagMs(now: number): number {
    const oldest = this.#inFlight[0];
    return oldest === undefined ? this.#lagMs : Math.max(this.#lagMs, now - oldest.bornAt);
  }
}
