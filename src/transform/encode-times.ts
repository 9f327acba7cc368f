import { Histogram } from "../util/histogram.ts";

/** Upper bounds in ms: from a small frame on a fast core to 12 megapixels on a Raspberry Pi. */
const ENCODE_BOUNDS_MS = [1, 2, 5, 10, 20, 35, 50, 100, 200, 500, 1000, 2000];

/** Viewers may ask for any number of transforms, and a monitor keeps each forever. */
const MAX_KEYS = 12;

/** Longer keys are not counted apart: they hold a viewer's overlay text. */
const MAX_KEY_LENGTH = 80;

const OTHERS = "other";

/** Measures how long a camera's encodes took: the first transforms apart, all others as one. */
export class EncodeTimes {
  readonly #times = new Map<string, Histogram>();

  of(key: string): Histogram {
    const isTold = this.#times.has(key) || (this.#times.size < MAX_KEYS && key.length <= MAX_KEY_LENGTH);
    const name = isTold ? key : OTHERS;
    const times = this.#times.get(name) ?? new Histogram(ENCODE_BOUNDS_MS);
    this.#times.set(name, times);
    return times;
  }

  entries(): Iterable<[key: string, times: Histogram]> {
    return this.#times;
  }
}
