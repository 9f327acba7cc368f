/** How long a window that was open is remembered, in milliseconds, in two halves. */
const REMEMBERED_MS = 20_000;

/** The most room that the other side of a TCP connection has offered of late. Times are in milliseconds of a clock that never goes back. */
export class WidestWindow {
  /** The most in this half of what is remembered, and in the one before. */
  #widest = 0;
  #widestBefore = 0;
  #halfSince = Number.NEGATIVE_INFINITY;

  /** In bytes. */
  get bytes(): number {
    return Math.max(this.#widest, this.#widestBefore);
  }

  /** The other side offers room for so many bytes. */
  look(now: number, offered: number): void {
    if (now - this.#halfSince > REMEMBERED_MS / 2) {
      this.#widestBefore = this.#widest;
      this.#widest = 0;
      this.#halfSince = now;
    }
    this.#widest = Math.max(this.#widest, offered);
  }

  /** Forgets what it was: it is this. */
  startFrom(bytes: number): void {
    [this.#widest, this.#widestBefore] = [bytes, 0];
  }
}
