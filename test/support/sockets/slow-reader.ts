/**
 * A simulated slow reader on a fast network. Its system takes and acknowledges what fits into the
 * receive buffer. It advertises its window with each acknowledgement, and otherwise only when the
 * window has doubled, as Linux does.
 */
export class SlowReader {
  /** Bytes per second that the reader reads. */
  rate: number;
  readonly #room: number;
  #queue = 0;
  #unread = 0;
  #window: number;
  #at = 0;

  constructor(rate: number, room: number) {
    this.rate = rate;
    this.#room = room;
    this.#window = room;
  }

  send(bytes: number): void {
    this.#queue += bytes;
    this.#receive();
  }

  runTo(now: number): void {
    this.#unread = Math.max(0, this.#unread - (this.rate * (now - this.#at)) / 1000);
    this.#at = now;
    if (this.#room - this.#unread >= 2 * this.#window) this.#window = this.#room - this.#unread;
    this.#receive();
  }

  /** Bytes in the receive buffer. */
  get waiting(): number {
    return this.#queue + this.#unread;
  }

  /** Bytes that are not acknowledged. */
  get unacknowledged(): number {
    return this.#queue;
  }

  /** The advertised window. */
  get window(): number {
    return Math.round(this.#window);
  }

  #receive(): void {
    const taken = Math.min(this.#queue, this.#window);
    if (taken === 0) return;
    this.#queue -= taken;
    this.#unread += taken;
    this.#window = Math.max(0, this.#room - this.#unread);
  }
}
