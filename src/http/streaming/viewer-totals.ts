import { Histogram } from "../../util/histogram.ts";

/**
 * From a viewer on the same machine (under 8 ms at 200 viewers, docs/contribute/benchmarks.md) over
 * one interval at 30 fps (33 ms) to no live frame.
 */
const AGE_BOUNDS_MS = [5, 10, 20, 35, 50, 100, 200, 350, 500, 1000, 2000, 5000, 10_000];

export interface Taken {
  /** Includes repeats and placeholders. */
  readonly frames: number;
  readonly dropped: number;
  readonly bytes: number;
}

export class ViewerTotals {
  /** Without repeats and placeholders. */
  readonly ages = new Histogram(AGE_BOUNDS_MS);
  #left: Taken = { frames: 0, dropped: 0, bytes: 0 };

  /** Keeps what a leaving viewer took. */
  keep(viewer: Taken): void {
    this.#left = sum(this.#left, viewer);
  }

  /** Added up on demand, so it costs nothing per frame. */
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
