import { LRUCache } from "lru-cache";
import { TokenBucket } from "./token-bucket.ts";

export interface TokenBucketsOptions {
  readonly perSecond: number;
  readonly burst: number;
  /** Forgets the least recently used. @default 10000 */
  readonly max?: number;
}

/** About 2 MB. */
const MAX = 10_000;

/** Keeps a token bucket for each name, such as a client's address. */
export class TokenBuckets {
  readonly #options: TokenBucketsOptions;
  readonly #buckets: LRUCache<string, TokenBucket>;

  constructor(options: TokenBucketsOptions) {
    this.#options = options;
    this.#buckets = new LRUCache({ max: options.max ?? MAX });
  }

  take(name: string, now: number): boolean {
    return this.#bucket(name).take(now);
  }

  charge(name: string, count: number, now: number): number {
    return this.#bucket(name).charge(count, now);
  }

  #bucket(name: string): TokenBucket {
    const known = this.#buckets.get(name);
    if (known !== undefined) return known;
    const bucket = new TokenBucket(this.#options.perSecond, this.#options.burst);
    this.#buckets.set(name, bucket);
    return bucket;
  }
}
