import { countHanging } from "./hanging.ts";

export interface BulkheadOptions {
  /** Hanging calls count. */
  readonly limit: number;
  /** Waiting included. */
  readonly timeoutMs: number;
}

/** A call took longer than `timeoutMs`. */
export class LateError extends Error {
  override readonly name = "LateError";
  readonly code = "ETIMEDOUT";
}

/**
 * Returns `other` for a failure that is not late: after a late one, the next would wait as long.
 */
export function unlessLate<T>(other: T): (error: unknown) => T {
  return (error) => {
    if (error instanceof LateError) throw error;
    return other;
  };
}

/**
 * Keeps hanging calls from taking all four threads of libuv's pool
 * (https://docs.libuv.org/en/v1.x/threadpool.html).
 */
export class Bulkhead {
  readonly #options: BulkheadOptions;
  readonly #waiting = new Set<() => void>();
  #running = 0;

  constructor(options: BulkheadOptions) {
    this.#options = options;
  }

  /**
   * Runs `call`; `what` names it for people. @throws LateError if it takes too long; it never
   * starts after that.
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
