import { TokenBucket } from "./token-bucket.ts";

export interface ThrottleOptions {
  /** @default 1 */
  readonly burst?: number;
  readonly everyMs: number;
}

/**
 * Passes `burst` items at once, then one every `everyMs`: the newest, with the number suppressed.
 * The last item always passes.
 */
export class Throttle<T> {
  readonly #emit: (item: T, suppressed: number) => void;
  readonly #bucket: TokenBucket;
  #waiting: { item: T; suppressed: number } | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(emit: (item: T, suppressed: number) => void, { burst = 1, everyMs }: ThrottleOptions) {
    this.#emit = emit;
    this.#bucket = new TokenBucket(1000 / everyMs, burst);
  }

  put(item: T): void {
    if (this.#isClosed) return;
    if (this.#waiting !== undefined) {
      this.#waiting = { item, suppressed: this.#waiting.suppressed + 1 };
      return;
    }
    const waitMs = this.#bucket.charge(1, performance.now());
    if (waitMs === 0) {
      this.#emit(item, 0);
    } else {
      this.#waiting = { item, suppressed: 0 };
      this.#timer = setTimeout(() => this.#release(), waitMs);
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#waiting = undefined;
    clearTimeout(this.#timer);
  }

  #release(): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting !== undefined) this.#emit(waiting.item, waiting.suppressed);
  }
}

const LOG_INTERVAL_MS = 60_000;

/** Logs a text that repeats at most once a minute, with the number suppressed. */
export function throttleLog(log: (text: string) => void, now?: () => number): (text: string) => void {
  const limiter = new RepeatLimiter(now);
  return (text) => {
    const suppressed = limiter.take();
    if (suppressed !== undefined) log(withSuppressed(text, suppressed));
  };
}

/** Lets a message through once a minute. */
export class RepeatLimiter {
  readonly #now: () => number;
  readonly #bucket = new TokenBucket(1000 / LOG_INTERVAL_MS, 1);
  #suppressed = 0;

  constructor(now = () => performance.now()) {
    this.#now = now;
  }

  /** Returns how many were suppressed before this one; undefined if this one is. */
  take(): number | undefined {
    if (!this.#bucket.take(this.#now())) {
      this.#suppressed++;
      return undefined;
    }
    const suppressed = this.#suppressed;
    this.#suppressed = 0;
    return suppressed;
  }
}

/** Appends the number of suppressed messages. */
export function withSuppressed(text: string, suppressed: number): string {
  if (suppressed === 0) return text;
  return `${text} (${suppressed} similar ${suppressed === 1 ? "message" : "messages"} suppressed)`;
}
