export interface BackoffOptions {
  /** @default 500 */
  readonly minPauseMs?: number | undefined;
  /** @default 30000 */
  readonly maxPauseMs?: number | undefined;
}

/** Computes pauses that double from failure to failure. */
export class Backoff {
  readonly #minPauseMs: number;
  readonly #maxPauseMs: number;
  #pauseMs: number;

  constructor({ minPauseMs = 500, maxPauseMs = 30_000 }: BackoffOptions = {}) {
    this.#minPauseMs = minPauseMs;
    this.#maxPauseMs = maxPauseMs;
    this.#pauseMs = minPauseMs;
  }

  get pauseMs(): number {
    return this.#pauseMs;
  }

  next(): number {
    const pauseMs = this.#pauseMs;
    this.#pauseMs = Math.min(pauseMs * 2, this.#maxPauseMs);
    return pauseMs;
  }

  reset(): void {
    this.#pauseMs = this.#minPauseMs;
  }
}
