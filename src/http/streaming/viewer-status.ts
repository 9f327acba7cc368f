import type { LinkStatus } from "../../abr/abr-controller.ts";
import type { Framing } from "./multipart.ts";

/** A viewer's part of `GET /api/cameras/:name`. */
export interface ViewerStatus {
  readonly id: number;
  /** What the client gave as `?key=`, to find itself again (as in ustreamer); null without. */
  readonly key: string | null;
  /** Address and port it comes from. */
  readonly address: string;
  /** How its pictures are laid out in a stream; `live` of a subscription over `/live`. */
  readonly framing: Framing | "live";
  /** True while it is sent the camera's placeholder, and no pictures. */
  readonly card: boolean;
  /** What is done to its pictures, as a query, the same for all who ask for the same; null for the camera's own. */
  readonly variant: string | null;
  /** Pictures a second that its connection took, over the last moments; repeats and X. */
  readonly fps: number;
  /**
   * How old its newest picture was when its connection had taken all of it, or over `/live` when the client said that it
   * had it, in milliseconds; grows while one waits.
   */
  readonly lagMs: number;
  /** On which rung of the ladder a stream that adapts stands: 0 is the pictures as asked for. Null for any other stream. */
  readonly rung: number | null;
  /** What the link of a stream that adapts carries, in bytes a second; null while that cannot be told. */
  readonly rate: number | null;
  /** Pictures it was too slow for. */
  readonly dropped: number;
  /** Bytes of pictures sent. */
  readonly bytes: number;
}

/** What a stream that adapts knows of its link. */
export interface AdaptiveStatus extends Omit<LinkStatus, "rung"> {
  /** Null where it does not adapt after all. */
  readonly rung: number | null;
  readonly variant: string | null;
}
