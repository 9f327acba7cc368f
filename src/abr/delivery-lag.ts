/** Knows, of what was sent over a link, how old it was when it had arrived. Times are in milliseconds of one clock. */
export class Arrivals {
  /** In the order they were sent: how many bytes had been sent with the last of each, and when it came to be. */
  readonly #underWay: { readonly end: number; readonly bornAt: number }[] = [];
  #lagMs = 0;

  /** Something came to be at `bornAt`, and with it `end` bytes were sent in all. */
  sent(end: number, bornAt: number): void {
    this.#underWay.push({ end, bornAt });
  }

  /** By now so many of all bytes have arrived. */
  arrived(now: number, bytes: number): void {
    while (this.#underWay[0] !== undefined && this.#underWay[0].end <= bytes) {
      this.#lagMs = now - this.#underWay[0].bornAt;
      this.#underWay.shift();
    }
  }

  /** How old the newest that arrived was then, or, if that is older, the oldest that is on its way is now. */
  lagMs(now: number): number {
    const oldest = this.#underWay[0];
    return oldest === undefined ? this.#lagMs : Math.max(this.#lagMs, now - oldest.bornAt);
  }
}
