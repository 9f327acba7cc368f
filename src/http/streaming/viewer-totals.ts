import { Histogram } from "../../util/histogram.ts";

/**
 * Upper bounds for the age of frames in ms: from a viewer on the same machine (under 8 ms at 200
 * viewers, docs/contribute/benchmarks.md) over one interval at 30 fps (33 ms) to no live frame.
 */
const AGE_BOUNDS_MS = [5, 10, 20, 35, 50, 100, 200, 350, 500, 1000, 2000, 5000, 10_000];

/** What one viewer took, or several. */
export interface Taken {
  /** Frames, repeats and placeholders that the system took, or a client of `/live` acknowledged. */
  readonly frames: number;
  /** Frames they were too slow for. */
  readonly dropped: number;
  /** Bytes of frames sent. */
  readonly bytes: number;
}

/** Sums what all viewers of a camera took since the start. */
export class ViewerTotals {
  /** Ages of frames when they were taken; repeats and placeholders are not counted. */
  readonly ages = new Histogram(AGE_BOUNDS_MS);
  #left: Taken = { frames: 0, dropped: 0, bytes: 0 };

  /** Keeps what a viewer took that leaves. */
  keep(viewer: Taken): void {
    this.#left = sum(this.#left, viewer);
  }

  /**
   * Returns the sum with the present viewers. Added up on demand, so it costs nothing per frame.
   */
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
