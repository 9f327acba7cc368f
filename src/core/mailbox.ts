/**
 * Holds one item between a writer that never waits and one reader; the newest wins. No generator,
 * since it runs once per viewer and frame.
 */
export class Mailbox<T> implements AsyncIterableIterator<T, undefined> {
  /** At most one of `#item` and `#waiting` is set. */
  #item: IteratorResult<T, undefined> | undefined;
  #waiting: { resolve: (result: IteratorResult<T, undefined>) => void; reject: (error: unknown) => void } | undefined;
  #failure: { error: unknown } | undefined;
  #closed = false;
  readonly #onClose: () => void;

  /** `onClose` is called once, when either side ends it. */
  constructor(onClose: () => void = () => {}) {
    this.#onClose = onClose;
  }

  /** Replaces an item that was not taken. */
  put(item: T): void {
    if (this.#closed) return;
    const result = { done: false as const, value: item };
    const waiting = this.#waiting;
    if (waiting === undefined) {
      this.#item = result;
    } else {
      this.#waiting = undefined;
      waiting.resolve(result);
    }
  }

  /** Ends the iteration, and drops the item. The reader's next wait throws `failure`. */
  close(failure?: { error: unknown }): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#item = undefined;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting === undefined) this.#failure = failure;
    else if (failure === undefined) waiting.resolve(END);
    else waiting.reject(failure.error);
    this.#onClose();
  }

  /** One reader, one wait at a time. */
  next(): Promise<IteratorResult<T, undefined>> {
    const item = this.#item;
    if (item !== undefined) {
      this.#item = undefined;
      return Promise.resolve(item);
    }
    const failure = this.#failure;
    if (failure !== undefined) {
      this.#failure = undefined;
      return Promise.reject(failure.error);
    }
    if (this.#closed) return Promise.resolve(END);
    if (this.#waiting !== undefined)
      return Promise.reject(new Error("A mailbox has one reader, with one wait at a time"));
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  return(): Promise<IteratorResult<T, undefined>> {
    this.close();
    return Promise.resolve(END);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

const END = { done: true as const, value: undefined };
