import { TokenBucket } from "./token-bucket.ts";

export interface TokenBucketsOptions {
  readonly perSecond: number;
  /** How many may be taken at once. */
  readonly burst: number;
  /** How many are remembered; who asked longest ago is forgotten first, and begins anew. @default 10000 */
  readonly max?: number;
}

/** About 2 MB of them. Whoever has more addresses than that is no longer to be told by them. */
const MAX = 10_000;

/** An allowance for each of those who ask, by name. */
export class TokenBuckets {
  readonly #options: TokenBucketsOptions;
  readonly #byName = new Map<string, TokenBucket>();

  constructor(options: TokenBucketsOptions) {
    this.#options = options;
  }

  /** Takes one of somebody's at `now`, in milliseconds of a clock that never goes back; false when none is left. */
  take(name: string, now: number): boolean {
    return this.#of(name).take(now);
  }

  /** Takes `count` of somebody's, also of what is not there; returns how long until none is owed, in milliseconds. */
  charge(name: string, count: number, now: number): number {
    return this.#of(name).charge(count, now);
  }

  #of(name: string): TokenBucket {
    const { perSecond, burst, max = MAX } = this.#options;
    const allowance = this.#byName.get(name) ?? new TokenBucket(perSecond, burst);
    // Who asked last stands last.
    this.#byName.delete(name);
    this.#byName.set(name, allowance);
    if (this.#byName.size > max) this.#byName.delete(this.#byName.keys().next().value as string);
    return allowance;
  }
}
