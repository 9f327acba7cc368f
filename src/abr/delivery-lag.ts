/** Measures how old frames are when they arrive. All times are of one clock. */
export class DeliveryLag {
  /** In order of sending. `end` is the sum of all bytes sent with this frame. */
  readonly #inFlight: { readonly end: number; readonly bornAt: number }[] = [];
  #lagMs = 0;

  /** With this frame, `end` bytes were sent in all. */
  sent(end: number, bornAt: number): void {
    this.#inFlight.push({ end, bornAt });
  }

  delivered(now: number, bytes: number): void {
    while (this.#inFlight[0] !== undefined && this.#inFlight[0].end <= bytes) {
      this.#lagMs = now - this.#inFlight[0].bornAt;
      this.#inFlight.shift();
    }
  }

  /**
   * Returns the newest delivered frame's age then, or the oldest undelivered one's now, if larger.
   */
  lagMs(now: number): number {
    const oldest = this.#inFlight[0];
    return oldest === undefined ? this.#lagMs : Math.max(this.#lagMs, now - oldest.bornAt);
  }
}
