import type { LinkStatus } from "../../abr/abr-controller.ts";
import type { Framing } from "./multipart.ts";

/** A viewer in `GET /api/cameras/NAME`. */
export interface ViewerStatus {
  readonly id: number;
  /** The client's `?key=`, to find itself again (as in ustreamer); null without. */
  readonly key: string | null;
  readonly address: string;
  /** The framing of a stream; `live` for a subscription of `/live`. */
  readonly framing: Framing | "live";
  /** True while it is sent a placeholder. */
  readonly card: boolean;
  /** Its transform as a query, equal for equal transforms; null for the camera's own frames. */
  readonly variant: string | null;
  /** Frame rate that its connection takes; repeats and placeholders count. */
  readonly fps: number;
  /**
   * Age of its newest frame when its connection had taken all of it, or when the client of `/live`
   * acknowledged it; grows while one waits.
   */
  readonly lagMs: number;
  /** Rung of an adaptive stream, 0 for the frames as asked for; null for other streams. */
  readonly rung: number | null;
  /** Bytes per second that the link of an adaptive stream carries; null if unknown. */
  readonly rate: number | null;
  /** Frames it was too slow for. */
  readonly dropped: number;
  /** Bytes of frames sent. */
  readonly bytes: number;
}

/** What an adaptive stream knows of its link. */
export interface AdaptiveStatus extends Omit<LinkStatus, "rung"> {
  /** Null if it does not adapt after all. */
  readonly rung: number | null;
  readonly variant: string | null;
}
