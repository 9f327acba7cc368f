import type { Receiver } from "./broadcast.ts";

/** One picture. All its viewers share the bytes: read or copy them, never write. */
export interface Frame {
  readonly jpeg: Uint8Array;
  /** Counts up by one per picture of a camera, also across reopenings: a gap is what a slow reader skipped. */
  readonly seq: number;
  /** When the driver gave it, in milliseconds since the epoch by the clock of then, fractional: for people. */
  readonly capturedAt: number;
  /** The same by `performance.now()`, in milliseconds: ages and freshness are decided by it, since clocks are set. */
  readonly at: number;
  /**
   * Of a variant's picture, which keeps the `seq` of its camera's: counts up by one per picture of the variant. There a
   * gap is what a slow reader skipped, while one in `seq` may be what the variant left out.
   */
  readonly ordinal?: number;
}

/** Anything to watch: a camera, or a camera seen through a variant. */
export interface FrameSource {
  /**
   * Frames from now on, starting with the newest there is; a reader that is slow skips some.
   * Ends when `signal` aborts.
   */
  subscribe(signal: AbortSignal): AsyncIterable<Frame>;
}

/** A source that shares its frames by pushing them: no queue, no wait. */
export interface FrameBroadcast extends FrameSource {
  /** Gives a receiver frames from now on, starting with the newest one, until `detach`. */
  attach(receiver: Receiver<Frame>): void;
  detach(receiver: Receiver<Frame>): void;
}
