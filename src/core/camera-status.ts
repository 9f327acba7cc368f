/** `idle`: nobody watches. `starting`: opened, no frame yet. `retrying`: failed, and not back since. */
export type CameraState = "idle" | "starting" | "live" | "retrying";

/** A camera's part of `GET /api/cameras`. Times are milliseconds since the epoch. */
export interface CameraStatus {
  readonly name: string;
  readonly title: string;
  readonly driver: string;
  readonly state: CameraState;
  /** True while pictures come. */
  readonly online: boolean;
  /** Size of the newest picture in pixels; kept when the camera goes; null before the first. */
  readonly width: number | null;
  readonly height: number | null;
  /** Pictures captured a second, over the last moments. */
  readonly fps: number;
  /** Pictures captured since the start. */
  readonly frames: number;
  /** Pictures among them that had to be mended: Huffman tables inserted, thumbnails taken out. */
  readonly repaired: number;
  /** Pictures that came but could not be shown (damaged, not whole, over the size limit), or failed when asked for. */
  readonly dropped: number;
  /** Failures after which the camera was opened again. */
  readonly restarts: number;
  readonly lastError: { readonly message: string; readonly at: number } | null;
  readonly lastFrameAt: number | null;
  /** Since when a camera that is starting or retrying has given no picture; null while it is live or idle. */
  readonly offlineSince: number | null;
  /** When it is opened again; null unless it waits for that. */
  readonly nextTryAt: number | null;
  /** What the driver said last of its choices, such as which way to the camera is in use; null before it did. */
  readonly note: string | null;
  /** What a camera that others send to is waiting for, in plain words; null while pictures come, and of other cameras. */
  readonly waitingFor: string | null;
}
