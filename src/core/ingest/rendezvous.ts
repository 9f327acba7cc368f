/**
 * Hands items from many givers to one taker. A giver waits until the taker comes back, so nothing
 * queues.
 */
export class Rendezvous<T> {
  readonly #waiting: { readonly item: T; readonly done: () => void }[] = [];
  #wake = () => {};
  #isTaking = false;

  /** Resolves when the item was taken; drops it if there is no taker. */
  give(item: T): Promise<void> {
    if (!this.#isTaking) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push({ item, done: resolve });
      this.#wake();
    });
  }

  /** One taker at a time. */
  async *take(signal: AbortSignal): AsyncGenerator<T, undefined> {
    const wake = () => this.#wake();
    signal.addEventListener("abort", wake);
    this.#isTaking = true;
    try {
      while (!signal.aborted) {
        const next = this.#waiting[0];
        if (next === undefined) {
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
        } else {
          yield next.item;
          this.#waiting.shift();
          next.done();
        }
      }
    } finally {
      signal.removeEventListener("abort", wake);
      this.#isTaking = false;
      for (const { done } of this.#waiting.splice(0)) done();
    }
  }
}
