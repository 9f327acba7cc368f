/** What was sent longer ago than this has arrived, or is seen to wait; in milliseconds. */
const REMEMBERED_MS = 3000;

/** What was sent over a link, and when. Times are in milliseconds of a clock that never goes back. */
export class Workload {
  readonly #sends: { readonly at: number; readonly bytes: number }[] = [];

  sent(at: number, bytes: number): void {
    this.#sends.push({ at, bytes });
    while ((this.#sends[0]?.at ?? at) < at - REMEMBERED_MS) this.#sends.shift();
  }

  /** Bytes sent after a moment. */
  sentAfter(moment: number): number {
    let bytes = 0;
    for (let index = this.#sends.length - 1; index >= 0; index--) {
      const send = this.#sends[index];
      if (send === undefined || send.at <= moment) break;
      bytes += send.bytes;
    }
    return bytes;
  }

  /** What a link that takes so many bytes a second cannot have taken yet. */
  left(now: number, rate: number): number {
    let left = 0;
    let since = this.#sends[0]?.at ?? now;
    for (const { at, bytes } of this.#sends) {
      left = Math.max(0, left - (rate * (at - since)) / 1000) + bytes;
      since = at;
    }
    return Math.max(0, left - (rate * (now - since)) / 1000);
  }
}
