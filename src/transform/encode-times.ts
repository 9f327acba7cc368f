import { Histogram } from "../util/histogram.ts";

/**
 * Ends of the buckets for an encode, in milliseconds: from a small picture on a fast core to 12 megapixels on a Raspberry Pi.
 */
const ENCODE_BOUNDS_MS = [1, 2, 5, 10, 20, 35, 50, 100, 200, 500, 1000, 2000];

/** So many transforms of a camera are told apart; viewers may ask for any number, and a monitor keeps each for ever. */
const MAX_KEYS = 12;

/** A longer key is not told apart: it holds an overlay's text, which is a viewer's. */
const MAX_KEY_LENGTH = 80;

/** What those are called that are not told apart. */
const OTHERS = "other";

/** How long a camera's encodes took since the start, by transform: the first that were asked for, and all others as one. */
export class EncodeTimes {
  readonly #times = new Map<string, Histogram>();

  /** Where the times of a transform go. */
  of(key: string): Histogram {
    const isTold = this.#times.has(key) || (this.#times.size < MAX_KEYS && key.length <= MAX_KEY_LENGTH);
    const name = isTold ? key : OTHERS;
    const times = this.#times.get(name) ?? new Histogram(ENCODE_BOUNDS_MS);
    this.#times.set(name, times);
    return times;
  }

  /** All there are, in milliseconds, by the key of their transform. */
  entries(): Iterable<[key: string, times: Histogram]> {
    return this.#times;
  }
}
