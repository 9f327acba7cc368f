import type { CameraState } from "../../core/camera-status.ts";
import { guestStatus } from "../../core/guest-status.ts";
import type { MessagesOf } from "../../messages/message-log.ts";
import type { Viewers } from "../streaming/viewers.ts";
import type { LiveClock } from "./server-clock.ts";
import type { LiveSubscription } from "./subscription.ts";

/** What a client is told of a subscription and its camera. The fields that `GET /api/cameras/NAME` has mean the same. */
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
  /** How many messages came since the start. */
  readonly messages: number;
  /** How many watch the camera. */
  readonly viewers: number;
  /** Of this subscription: pictures it was too slow for. */
  readonly dropped: number;
  /** Of this subscription: how old its newest picture was when it was acknowledged, in milliseconds. */
  readonly lagMs: number;
  /** Of this subscription: the rung that it stands on, 0 for all it asked for; null where it does not adapt. */
  readonly rung: number | null;
  /** Of this subscription: what is done to its pictures, as a query; null for the camera's own. */
  readonly variant: string | null;
}

export interface StateOptions {
  readonly viewers: Viewers;
  readonly messagesOf: MessagesOf;
  /** Whether the client is a user: guests are not told why a camera is offline. */
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
    lastFrameAt: clock.told(times.lastFrameAt),
    offlineSince: clock.told(times.offlineSince),
    nextTryAt: clock.told(times.nextTryAt),
    lastError: lastError && { ...lastError, at: clock.told(lastError.at) },
    messages: messagesOf(camera).count,
    viewers: viewers.count(name),
    dropped: viewer.dropped,
    lagMs: viewer.lagMs(performance.now()),
    rung,
    variant: viewer.variant,
  };
}
