import type { Request, RequestHandler } from "express";
import type { Camera } from "../../core/camera.ts";
import type { CameraSet } from "../../core/camera-set.ts";
import type { CameraStatus } from "../../core/camera-status.ts";
import { guestStatus } from "../../core/guest-status.ts";
import type { MessagesOf } from "../../messages/message-log.ts";
import type { VariantStatus, Variants } from "../../transform/variants.ts";
import { camerasFor } from "../access/authorization.ts";
import type { CameraHandler } from "../access/camera-handler.ts";
import type { PublisherSlots } from "../ingest/ingest-route.ts";
import { NO_CACHE } from "../shared/headers.ts";
import { disclosureTo, type ToldSender, toldSender, toldViewers } from "../streaming/disclosure.ts";
import type { ViewerStatus } from "../streaming/viewer-status.ts";
import type { Viewers } from "../streaming/viewers.ts";

/** Is a camera as `GET /api/cameras/:name` sends it. */
export interface CameraReport extends CameraStatus {
  /** The age of the newest frame; null before the first. */
  readonly ageMs: number | null;
  /** The viewers that the client may know of. */
  readonly viewers: readonly ViewerStatus[];
  /** Counts all viewers. */
  readonly viewerCount: number;
  /** The transforms that viewers, outputs and snapshots share, with their cost. */
  readonly variants: readonly VariantStatus[];
  /** For users; empty for guests. */
  readonly outputs: readonly object[];
  /** The publisher; null without one, and for cameras that capture themselves. */
  readonly sender: ToldSender | null;
  /** Counts messages since the start. */
  readonly messages: number;
}

export interface CameraReportOptions {
  readonly viewers: Viewers;
  readonly variants: (camera: Camera) => Variants;
  /** The status of a camera's outputs, by the camera's name. */
  readonly outputsOf: (camera: string) => readonly object[];
  readonly publisherSlots: PublisherSlots;
  readonly messagesOf: MessagesOf;
}

/** Sends the cameras that the client may see. */
export function camerasRoute(cameras: CameraSet, options: CameraReportOptions): RequestHandler {
  return (request, response) => {
    const reports = camerasFor(request, cameras).map((camera) => reportCamera(camera, request, options));
    response.set(NO_CACHE).json({ cameras: reports });
  };
}

export function cameraRoute(options: CameraReportOptions): CameraHandler {
  return (camera, request, response) => {
    response.set(NO_CACHE).json(reportCamera(camera, request, options));
  };
}

function reportCamera(camera: Camera, request: Request, options: CameraReportOptions): CameraReport {
  const { viewers, variants, outputsOf, publisherSlots, messagesOf } = options;
  const disclosure = disclosureTo(request);
  const status = disclosure.isUser ? camera.status() : guestStatus(camera.status());
  const { lastFrame } = camera;
  return {
    ...status,
    ageMs: lastFrame === null ? null : Math.round(performance.now() - lastFrame.at),
    viewers: toldViewers(viewers.status(camera.name), disclosure),
    viewerCount: viewers.count(camera.name),
    variants: variants(camera).status(),
    // They name peers and their addresses.
    outputs: disclosure.isUser ? outputsOf(camera.name) : [],
    sender: toldSender(publisherSlots.get(camera.name)?.publisher ?? null, disclosure),
    messages: messagesOf(camera).count,
  };
}
