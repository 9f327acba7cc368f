/** `starting`: no frame yet. `retrying`: failed, and not back since. */
export type CameraState = "idle" | "starting" | "live" | "retrying";

/** Part of `GET /api/cameras`. Times are ms since the epoch. */
export interface CameraStatus {
  readonly name: string;
  readonly title: string;
  readonly driver: string;
  readonly state: CameraState;
  readonly online: boolean;
  /** Null before the first frame. */
  readonly width: number | null;
  readonly height: number | null;
  readonly fps: number;
  readonly frames: number;
  /** Huffman tables in, thumbnails out. */
  readonly repaired: number;
  /** Damaged, incomplete, over the limit, or failed when asked for. */
  readonly dropped: number;
  readonly restarts: number;
  readonly lastError: { readonly message: string; readonly at: number } | null;
  readonly lastFrameAt: number | null;
  /** Null while it is live or idle. */
  readonly offlineSince: number | null;
  /** Null unless it waits for one. */
  readonly nextTryAt: number | null;
  /** Such as the route to the camera. */
  readonly note: string | null;
  /** Null while frames come. */
  readonly waitingFor: string | null;
}
