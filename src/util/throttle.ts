export interface ThrottleOptions {
  /** How many pass at once before the pace is kept. @default 1 */
  readonly burst?: number;
  /** How long until the next may pass, in milliseconds. */
  readonly everyMs: number;
}

/**
 * Lets through what may happen thousands of times a second: `burst` at once, then one every `everyMs`. Of those that come
 * faster the newest passes in its turn, with how many were left out before it: what is said last is always true.
 */
export class Throttle<T> {
  readonly #emit: (item: T, leftOut: number) => void;
  readonly #burst: number;
  readonly #everyMs: number;
  /** How many may pass at `#countedAt`; it grows with time, up to the burst. */
  #allowed: number;
  #countedAt = performance.now();
  #waiting: { item: T; leftOut: number } | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(emit: (item: T, leftOut: number) => void, { burst = 1, everyMs }: ThrottleOptions) {
    this.#emit = emit;
    this.#burst = burst;
    this.#everyMs = everyMs;
    this.#allowed = burst;
  }

  put(item: T): void {
    if (this.#closed) return;
    this.#refill();
    if (this.#waiting !== undefined) {
      this.#waiting = { item, leftOut: this.#waiting.leftOut + 1 };
    } else if (this.#allowed >= 1) {
      this.#allowed--;
      this.#emit(item, 0);
    } else {
      this.#waiting = { item, leftOut: 0 };
      this.#timer = setTimeout(() => this.#release(), (1 - this.#allowed) * this.#everyMs);
    }
  }

  /** Nothing more passes. */
  close(): void {
    this.#closed = true;
    this.#waiting = undefined;
    clearTimeout(this.#timer);
  }

  #refill(): void {
    const now = performance.now();
    this.#allowed = Math.min(this.#burst, this.#allowed + (now - this.#countedAt) / this.#everyMs);
    this.#countedAt = now;
  }

  #release(): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    this.#refill();
    this.#allowed--;
    if (waiting !== undefined) this.#emit(waiting.item, waiting.leftOut);
  }
}

/** A text, and how many like it were left out before it. */
export function withSuppressed(text: string, leftOut: number): string {
  return leftOut === 0 ? text : `${text} (and ${leftOut} before it)`;
}
