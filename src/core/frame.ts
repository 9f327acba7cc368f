import type { Receiver } from "./broadcast.ts";

/** A JPEG of a stream. Its viewers share the bytes: never write to them. */
export interface Frame {
  readonly jpeg: Uint8Array;
  /**
   * Counts the camera's frames, across reopenings. A gap is what a slow reader skipped.
   */
  readonly seq: number;
  /** When the driver gave it, in ms since the epoch, with a fraction. For people. */
  readonly capturedAt: number;
  /** The same by `performance.now()`: decides age and order, since clocks are set. */
  readonly at: number;
  /**
   * Counts a variant's frames, which keep the `seq` of their camera's. A gap here is
   * what a slow reader skipped; one in `seq` may be what the variant left out.
   */
  readonly ordinal?: number;
}

/** Anything to watch: a camera, or a camera seen through a variant. */
export interface FrameSource {
  /**
   * Frames from now on, starting with the newest there is; a reader that is slow skips
   * some. Ends when `signal` aborts.
   */
  subscribe(signal: AbortSignal): AsyncIterable<Frame>;
}

/** A source that shares its frames by pushing them: no queue, no wait. */
export interface FrameBroadcast extends FrameSource {
  /**
   * Gives a receiver frames from now on, starting with the newest one, until `detach`.
   */
  attach(receiver: Receiver<Frame>): void;
  detach(receiver: Receiver<Frame>): void;
}
