const MEMORY_MS = 2000;

/** Remembers the bytes sent over a link in the last 2 s, by a monotonic clock. */
export class SendHistory {
  readonly #sends: { readonly at: number; readonly bytes: number }[] = [];

  add(at: number, bytes: number): void {
    this.#sends.push({ at, bytes });
    while ((this.#sends[0]?.at ?? at) < at - MEMORY_MS) this.#sends.shift();
  }

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
