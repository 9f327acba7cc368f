/** How long a window that was open is remembered, in milliseconds, in two halves. */
const REMEMBERED_MS = 20_000;

/** The most room that the other side of a TCP connection has offered of late. Times are in milliseconds of a clock that never goes back. */
export class MaxReceiveWindow {
  /** The most in this half of what is remembered, and in the one before. */
  #max = 0;
  #maxBefore = 0;
  #halfSince = Number.NEGATIVE_INFINITY;

  /** In bytes. */
  get bytes(): number {
    return Math.max(this.#max, this.#maxBefore);
  }

  /** The other side offers room for so many bytes. */
  sample(now: number, offered: number): void {
    if (now - this.#halfSince > REMEMBERED_MS / 2) {
      this.#maxBefore = this.#max;
      this.#max = 0;
      this.#halfSince = now;
    }
    this.#max = Math.max(this.#max, offered);
  }

  /** Forgets what it was: it is this. */
  startFrom(bytes: number): void {
    [this.#max, this.#maxBefore] = [bytes, 0];
  }
}
