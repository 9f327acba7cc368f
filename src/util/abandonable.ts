export interface AbandonOptions {
  /** How long a wait may outlast an abort or `return`. */
  readonly graceMs: number;
  /** Called when a wait is given up; `ended` resolves with the source's end. */
  readonly onAbandoned?: (ended: Promise<void>) => void;
  readonly onLateError?: (error: unknown) => void;
}

/**
 * Iterates over a source that may ignore its abort: a wait that outlasts it by `graceMs` ends the
 * iteration.
 */
export function abandonable<T>(
  source: AsyncIterable<T>,
  signal: AbortSignal,
  options: AbandonOptions,
): AsyncIterableIterator<T, undefined> {
  return new Abandonable(source[Symbol.asyncIterator](), signal, options);
}

/** No generator: its `return` would queue behind a pending `next`. */
class Abandonable<T> implements AsyncIterableIterator<T, undefined> {
  readonly #iterator: AsyncIterator<T, unknown>;
  readonly #signal: AbortSignal;
  readonly #options: AbandonOptions;
  readonly #onAbort = () => this.#limit();
  #waiting: Waiting | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(iterator: AsyncIterator<T, unknown>, signal: AbortSignal, options: AbandonOptions) {
    this.#iterator = iterator;
    this.#signal = signal;
    this.#options = options;
    signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#isOver) return Promise.resolve(END);
    const wait = this.#wait(this.#iterator.next());
    if (this.#signal.aborted) this.#limit();
    return wait;
  }

  return(): Promise<IteratorResult<T, undefined>> {
    if (this.#isOver) return Promise.resolve(END);
    const wait = this.#wait(Promise.resolve(this.#iterator.return?.()).then(() => END));
    this.#limit();
    return wait;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** One promise for the whole run would keep a listener a frame. */
  #wait(result: Promise<IteratorResult<T, unknown>>): Promise<IteratorResult<T, undefined>> {
    return new Promise((resolve, reject) => {
      this.#waiting = { settled: result, end: () => resolve(END) };
      result.then(
        (next) => {
          if (this.#isOver) return;
          this.#settle(next.done === true);
          resolve(next.done === true ? END : next);
        },
        (error: unknown) => {
          if (this.#isOver) {
            this.#options.onLateError?.(error);
            return;
          }
          this.#settle(true);
          reject(error);
        },
      );
    });
  }

  #settle(isOver: boolean): void {
    this.#waiting = undefined;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (isOver) this.#end();
  }

  #limit(): void {
    if (this.#waiting !== undefined) this.#timer ??= setTimeout(() => this.#abandon(), this.#options.graceMs);
  }

  #abandon(): void {
    const { settled, end } = this.#waiting as Waiting;
    this.#end();
    const returned = Promise.resolve(this.#iterator.return?.());
    this.#options.onAbandoned?.(Promise.allSettled([settled, returned]).then(() => {}));
    returned.catch(() => {});
    end();
  }

  #end(): void {
    this.#isOver = true;
    this.#signal.removeEventListener("abort", this.#onAbort);
  }
}

interface Waiting {
  readonly settled: Promise<unknown>;
  readonly end: () => void;
}

const END = { done: true as const, value: undefined };
