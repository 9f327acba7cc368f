/** What was sent longer ago is of no interest, in milliseconds. */
const REMEMBERED_MS = 2000;

/** What was sent over a link of late. Times are in milliseconds of a clock that never goes back. */
export class SendHistory {
  readonly #sends: { readonly at: number; readonly bytes: number }[] = [];

  add(at: number, bytes: number): void {
    this.#sends.push({ at, bytes });
    while ((this.#sends[0]?.at ?? at) < at - REMEMBERED_MS) this.#sends.shift();
  }

  /** Bytes sent after a moment, of the last two seconds. */
  after(moment: number): number {
    let bytes = 0;
    for (let index = this.#sends.length - 1; index >= 0; index--) {
      const send = this.#sends[index];
      if (send === undefined || send.at <= moment) break;
      bytes += send.bytes;
    }
    return bytes;
  }
}
