import { countHanging } from "./hanging.ts";

export interface BulkheadOptions {
  /** How many calls may run at a time, those that hang among them. */
  readonly limit: number;
  /** How long a caller waits, in milliseconds, for its turn and its answer. */
  readonly timeoutMs: number;
}

/** A call took longer than its caller waits. */
export class LateError extends Error {
  override readonly name = "LateError";
  readonly code = "ETIMEDOUT";
}

/** Gives `other` for a failure, but for one that is late: the next call would wait as long. */
export function unlessLate<T>(other: T): (error: unknown) => T {
  return (error) => {
    if (error instanceof LateError) throw error;
    return other;
  };
}

/**
 * Keeps calls that may hang from taking all threads of libuv's pool, which has four (https://docs.libuv.org/en/v1.x/threadpool.html):
 * a name server that is gone, a network share, a pipe. At most `limit` run at a time, and whoever waits longer than `timeoutMs` is told so.
 */
export class Bulkhead {
  readonly #options: BulkheadOptions;
  readonly #waiting = new Set<() => void>();
  #running = 0;

  constructor(options: BulkheadOptions) {
    this.#options = options;
  }

  /**
   * Gives what `call` gives. `what` it does is for people: `reading /etc/x.pem`.
   * @throws LateError when that takes too long; a call that has not begun by then never does.
   */
  run<T>(what: string, call: () => Promise<T>): Promise<T> {
    const { limit, timeoutMs } = this.#options;
    return new Promise((resolve, reject) => {
      let running: Promise<T> | undefined;
      const begin = () => {
        this.#running++;
        running = call();
        running.then(resolve, reject).finally(() => {
          clearTimeout(timer);
          this.#running--;
          const [next] = this.#waiting;
          if (next !== undefined) this.#waiting.delete(next);
          next?.();
        });
      };
      const timer = setTimeout(() => {
        this.#waiting.delete(begin);
        if (running !== undefined) countHanging(what, running);
        reject(new LateError(`${what} takes longer than ${timeoutMs / 1000} s`));
      }, timeoutMs);
      if (this.#running < limit) begin();
      else this.#waiting.add(begin);
    });
  }
}
