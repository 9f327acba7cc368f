import { LRUCache } from "lru-cache";
import { TokenBucket } from "./token-bucket.ts";

export interface TokenBucketsOptions {
  readonly perSecond: number;
  readonly burst: number;
  /**
   * Limits the remembered names; the least recently used is forgotten. @default 10000
   */
  readonly max?: number;
}

/** About 2 MB. A client with more addresses than this cannot be told apart by them. */
const MAX = 10_000;

/** Keeps a token bucket for each name, such as a client's address. */
export class TokenBuckets {
  readonly #options: TokenBucketsOptions;
  readonly #buckets: LRUCache<string, TokenBucket>;

  constructor(options: TokenBucketsOptions) {
    this.#options = options;
    this.#buckets = new LRUCache({ max: options.max ?? MAX });
  }

  /** Takes a token of `name`; see `TokenBucket.take`. */
  take(name: string, now: number): boolean {
    return this.#bucket(name).take(now);
  }

  /** Charges tokens to `name`; see `TokenBucket.charge`. */
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
