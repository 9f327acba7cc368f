/**
 * `idle`: no viewers. `starting`: no frame yet. `retrying`: failed, and not back since.
 */
export type CameraState = "idle" | "starting" | "live" | "retrying";

/** A camera's part of `GET /api/cameras`. Times are ms since the epoch. */
export interface CameraStatus {
  readonly name: string;
  readonly title: string;
  readonly driver: string;
  readonly state: CameraState;
  /** True while frames come. */
  readonly online: boolean;
  /** The newest frame's size in pixels; null before the first. */
  readonly width: number | null;
  readonly height: number | null;
  /** Captured frames per second, now. */
  readonly fps: number;
  /** Frames captured since the start. */
  readonly frames: number;
  /** Frames of them that were repaired: Huffman tables in, thumbnails out. */
  readonly repaired: number;
  /**
   * Frames that cannot be shown (damaged, incomplete, over the limit), or failed when
   * asked for.
   */
  readonly dropped: number;
  /** Failures since the start. */
  readonly restarts: number;
  readonly lastError: { readonly message: string; readonly at: number } | null;
  readonly lastFrameAt: number | null;
  /** Since when no frame came; null while it is live or idle. */
  readonly offlineSince: number | null;
  /** When the next try is; null unless it waits for one. */
  readonly nextTryAt: number | null;
  /** The driver's last note, such as the route to the camera. */
  readonly note: string | null;
  /** What a listening camera waits for; null while frames come. */
  readonly waitingFor: string | null;
}
