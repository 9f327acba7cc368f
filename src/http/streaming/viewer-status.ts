import type { LinkStatus } from "../../abr/abr-controller.ts";
import type { Framing } from "./multipart.ts";

export interface ViewerStatus {
  readonly id: number;
  /** To find itself again (as in ustreamer). */
  readonly key: string | null;
  readonly address: string;
  /** `live` for a subscription of `/live`. */
  readonly framing: Framing | "live";
  /** True while it is sent a placeholder. */
  readonly card: boolean;
  /** As a query, equal for equal transforms; null for the camera's own frames. */
  readonly variant: string | null;
  /** Repeats and placeholders count. */
  readonly fps: number;
  /** Age of its newest frame when it was taken or acknowledged; grows while one waits. */
  readonly lagMs: number;
  /** 0 for the frames as asked for; null if it does not adapt. */
  readonly rung: number | null;
  /** Bytes per second of an adaptive stream's link; null if unknown. */
  readonly rate: number | null;
  readonly dropped: number;
  readonly bytes: number;
}

export interface AdaptiveStatus extends Omit<LinkStatus, "rung"> {
  readonly rung: number | null;
  readonly variant: string | null;
}
