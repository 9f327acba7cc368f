import type { CameraState } from "../../core/camera-status.ts";
import { guestStatus } from "../../core/guest-status.ts";
import type { MessagesOf } from "../../messages/message-log.ts";
import type { Viewers } from "../streaming/viewers.ts";
import type { LiveClock } from "./server-clock.ts";
import type { LiveSubscription } from "./subscription.ts";

/** Fields of `GET /api/cameras/NAME` mean the same here. */
export interface LiveState {
  readonly type: "state";
  readonly id: number;
  readonly camera: string;
  readonly state: CameraState;
  readonly online: boolean;
  readonly width: number | null;
  readonly height: number | null;
  readonly fps: number;
  readonly frames: number;
  readonly lastFrameAt: number | null;
  readonly offlineSince: number | null;
  readonly nextTryAt: number | null;
  readonly lastError: { readonly message: string; readonly at: number } | null;
  readonly waitingFor: string | null;
  readonly messages: number;
  readonly viewers: number;
  readonly dropped: number;
  /** At its acknowledgement. */
  readonly lagMs: number;
  /** Null if it does not adapt. */
  readonly rung: number | null;
  /** Null for the camera's own frames. */
  readonly variant: string | null;
}

export interface StateOptions {
  readonly viewers: Viewers;
  readonly messagesOf: MessagesOf;
  /** Guests are not told why a camera is offline. */
  readonly isUser: boolean;
}

export function stateOf(
  { id, camera, viewer, rung }: LiveSubscription,
  { viewers, messagesOf, isUser }: StateOptions,
  clock: LiveClock,
): LiveState {
  const status = isUser ? camera.status() : guestStatus(camera.status());
  const { name, state, online, width, height, fps, frames, lastError, waitingFor, ...times } = status;
  return {
    type: "state",
    id,
    camera: name,
    ...{ state, online, width, height, fps, frames, waitingFor },
    lastFrameAt: clock.fromEpoch(times.lastFrameAt),
    offlineSince: clock.fromEpoch(times.offlineSince),
    nextTryAt: clock.fromEpoch(times.nextTryAt),
    lastError: lastError && { ...lastError, at: clock.fromEpoch(lastError.at) },
    messages: messagesOf(camera).count,
    viewers: viewers.count(name),
    dropped: viewer.dropped,
    lagMs: viewer.lagMs(performance.now()),
    rung,
    variant: viewer.variant,
  };
}
