import type { Receiver } from "./broadcast.ts";

/** Viewers share the bytes: never write to them. */
export interface Frame {
  readonly jpeg: Uint8Array;
  /** Across reopenings. A gap is what a slow reader skipped. */
  readonly seq: number;
  /** In ms since the epoch, for people. */
  readonly capturedAt: number;
  /** By `performance.now()`: decides age and order. */
  readonly at: number;
  /**
   * Counts a variant's frames, which keep their camera's `seq`: tells skipped frames from those
   * that the variant left out.
   */
  readonly ordinal?: number;
}

/** A camera, or a camera seen through a variant. */
export interface FrameSource {
  /**
   * Yields frames, starting with the newest; a slow reader skips some. Ends when `signal` aborts.
   */
  subscribe(signal: AbortSignal): AsyncIterable<Frame>;
}

/** Pushes frames: no queue, no wait. */
export interface FrameBroadcast extends FrameSource {
  /** Starts with the newest frame. */
  attach(receiver: Receiver<Frame>): void;
  detach(receiver: Receiver<Frame>): void;
}
