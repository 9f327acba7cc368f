import type { Camera } from "../core/camera.ts";
import type { CameraStatus } from "../core/camera-status.ts";
import { epochNow } from "../core/clock.ts";
import type { SenderStatus } from "../core/sender.ts";
import type { VariantStatus, Variants } from "../variants/variants.ts";
import type { MessagesOf } from "./messages.ts";
import type { Inlets } from "./receive.ts";
import type { ViewerStatus } from "./viewer-status.ts";
import type { Viewers } from "./viewers.ts";

/** A camera as `GET /api/cameras/:name` gives it. */
export interface CameraReport extends CameraStatus {
  /** Milliseconds since the last frame, by the server's clock; null before the first. */
  readonly ageMs: number | null;
  readonly viewers: readonly ViewerStatus[];
  /** The transforms that viewers, outputs and snapshots share, and what they cost. */
  readonly variants: readonly VariantStatus[];
  /** What sends its pictures elsewhere, and how that goes. */
  readonly outputs: readonly object[];
  /** Who sends its pictures; null while nobody does, and of cameras that fetch their own. */
  readonly sender: SenderStatus | null;
  /** How many messages came since the start. */
  readonly messages: number;
}

/** What belongs to a camera, besides itself. */
export interface Belongings {
  readonly viewers: Viewers;
  readonly variants: Variants;
  readonly outputs: readonly object[];
  readonly inlets: Inlets;
  readonly messagesOf: MessagesOf;
}

export function reportCamera(camera: Camera, parts: Belongings): CameraReport {
  const { viewers, variants, outputs, inlets, messagesOf } = parts;
  const status = camera.status();
  const ageMs = status.lastFrameAt === null ? null : Math.max(0, Math.round(epochNow() - status.lastFrameAt));
  return {
    ...status,
    ageMs,
    viewers: viewers.status(camera.name),
    variants: variants.status(),
    outputs,
    sender: inlets.get(camera.name)?.sender ?? null,
    messages: messagesOf(camera).count,
  };
}

/** Whether every camera that somebody watches gives pictures: what a watchdog or load balancer asks. */
export function reportHealth(cameras: Iterable<Camera>): { status: "ok" } | { status: "failing"; cameras: string[] } {
  const failing = [...cameras].filter((camera) => camera.overdue).map((camera) => camera.name);
  return failing.length === 0 ? { status: "ok" } : { status: "failing", cameras: failing };
}

/**
 * A camera in the words of ustreamer's `GET /state`, which OctoPrint, KVM and printer front ends ask
 * (https://github.com/pikvm/ustreamer, src/ustreamer/http/server.c).
 */
export function reportState(camera: Camera, viewers: Viewers): object {
  const status = camera.status();
  const clients = viewers.status(camera.name);
  const clientsStat = clients.map(({ id, key, fps, framing }) => [
    String(id),
    {
      fps: Math.round(fps),
      extra_headers: false,
      advance_headers: framing === "advance",
      dual_final_frames: false,
      zero_data: false,
      key: key ?? "0",
    },
  ]);
  return {
    ok: true,
    result: {
      instance_id: "",
      encoder: { type: "NOOP", quality: 0 },
      source: {
        resolution: { width: status.width ?? 0, height: status.height ?? 0 },
        online: status.online,
        desired_fps: 0,
        captured_fps: Math.round(status.fps),
      },
      stream: {
        queued_fps: Math.round(status.fps),
        clients: clients.length,
        clients_stat: Object.fromEntries(clientsStat),
      },
    },
  };
}
