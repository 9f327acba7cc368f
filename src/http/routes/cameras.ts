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

export interface CameraReport extends CameraStatus {
  /** Null before the first frame. */
  readonly ageMs: number | null;
  /** Only those that the client may know of. */
  readonly viewers: readonly ViewerStatus[];
  readonly viewerCount: number;
  readonly variants: readonly VariantStatus[];
  /** Empty for guests. */
  readonly outputs: readonly object[];
  /** Null without a publisher. */
  readonly sender: ToldSender | null;
  /** Since the start. */
  readonly messages: number;
}

export interface CameraReportOptions {
  readonly viewers: Viewers;
  readonly variants: (camera: Camera) => Variants;
  readonly outputsOf: (camera: string) => readonly object[];
  readonly publisherSlots: PublisherSlots;
  readonly messagesOf: MessagesOf;
}

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
