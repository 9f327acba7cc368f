import { Histogram } from "../../util/histogram.ts";

/**
 * Ends of the buckets for the age of pictures, in milliseconds: from a viewer on the same machine (under 8 ms at 200 viewers,
 * docs/contribute/benchmarks.md) over a picture at 30 a second (33 ms) to what nobody calls live.
 */
const AGE_BOUNDS_MS = [5, 10, 20, 35, 50, 100, 200, 350, 500, 1000, 2000, 5000, 10_000];

/** What a viewer took, or several. */
export interface Taken {
  /** Writes that their connections took, or that clients of `/live` acknowledged: pictures, repeats and placeholders. */
  readonly frames: number;
  /** Pictures they were too slow for. */
  readonly dropped: number;
  /** Bytes of pictures sent. */
  readonly bytes: number;
}

/** What all viewers of a camera took since the start, also those that have left. */
export class ViewerTotals {
  /** How old pictures were when they were taken, in milliseconds; repeats and placeholders are no news, and not counted. */
  readonly ages = new Histogram(AGE_BOUNDS_MS);
  #left: Taken = { frames: 0, dropped: 0, bytes: 0 };

  /** A viewer has left: what it took stays. */
  keep(viewer: Taken): void {
    this.#left = sum(this.#left, viewer);
  }

  /** What they took, given those that are here. It is added up when it is asked for, so that it costs nothing per picture. */
  taken(here: Iterable<Taken>): Taken {
    return [...here].reduce(sum, this.#left);
  }
}

function sum(one: Taken, other: Taken): Taken {
  return {
    frames: one.frames + other.frames,
    dropped: one.dropped + other.dropped,
    bytes: one.bytes + other.bytes,
  };
}
