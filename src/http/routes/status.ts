import type { Camera } from "../../core/camera.ts";
import type { CameraStatus } from "../../core/camera-status.ts";
import { guestStatus } from "../../core/guest-status.ts";
import type { VariantStatus, Variants } from "../../transform/variants.ts";
import type { PublisherSlots } from "../ingest/ingest-route.ts";
import { type Disclosure, type ToldSender, toldSender, toldViewers } from "../streaming/disclosure.ts";
import type { ViewerStatus } from "../streaming/viewer-status.ts";
import type { Viewers } from "../streaming/viewers.ts";
import type { MessagesOf } from "./messages.ts";

/** A camera as `GET /api/cameras/:name` gives it. */
export interface CameraReport extends CameraStatus {
  /** Milliseconds since the last frame; null before the first. */
  readonly ageMs: number | null;
  /** Those that the client may know of. */
  readonly viewers: readonly ViewerStatus[];
  /** How many watch. */
  readonly viewerCount: number;
  /** The transforms that viewers, outputs and snapshots share, and what they cost. */
  readonly variants: readonly VariantStatus[];
  /** What sends its pictures elsewhere, and how that goes; for users. */
  readonly outputs: readonly object[];
  /** Who sends its pictures; null while nobody does, and of cameras that fetch their own. */
  readonly sender: ToldSender | null;
  /** How many messages came since the start. */
  readonly messages: number;
}

/** What belongs to a camera, besides itself. */
export interface CameraReportOptions {
  readonly viewers: Viewers;
  readonly variants: Variants;
  readonly outputs: readonly object[];
  readonly publisherSlots: PublisherSlots;
  readonly messagesOf: MessagesOf;
}

export function reportCamera(camera: Camera, parts: CameraReportOptions, disclosure: Disclosure): CameraReport {
  const { viewers, variants, outputs, publisherSlots, messagesOf } = parts;
  const status = disclosure.isUser ? camera.status() : guestStatus(camera.status());
  const { lastFrame } = camera;
  const ageMs = lastFrame === null ? null : Math.round(performance.now() - lastFrame.at);
  return {
    ...status,
    ageMs,
    viewers: toldViewers(viewers.status(camera.name), disclosure),
    viewerCount: viewers.count(camera.name),
    variants: variants.status(),
    // They name peers and their addresses.
    outputs: disclosure.isUser ? outputs : [],
    sender: toldSender(publisherSlots.get(camera.name)?.publisher ?? null, disclosure),
    messages: messagesOf(camera).count,
  };
}

/**
 * Whether every camera that is watched gives pictures: what a watchdog or load balancer asks. Strictly also every one that is
 * always on, so that a camera for publishers has to have one.
 */
export function reportHealth(
  cameras: Iterable<Camera>,
  isStrict = false,
): { status: "ok" } | { status: "failing"; cameras: string[] } {
  const failing = [...cameras]
    .filter((camera) => (isStrict ? camera.isSilent : camera.isOverdue))
    .map((camera) => camera.name);
  return failing.length === 0 ? { status: "ok" } : { status: "failing", cameras: failing };
}

/**
 * A camera in the words of ustreamer's `GET /state`, which OctoPrint, KVM and printer front ends ask
 * (https://github.com/pikvm/ustreamer, src/ustreamer/http/server.c).
 */
export function reportState(camera: Camera, viewers: Viewers, disclosure: Disclosure): object {
  const status = camera.status();
  const clients = toldViewers(viewers.status(camera.name), disclosure);
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
        clients: viewers.count(camera.name),
        clients_stat: Object.fromEntries(clientsStat),
      },
    },
  };
}
