import type { Request, Response } from "express";
import type { Camera } from "../core/camera.ts";
import { epochNow } from "../core/clock.ts";
import { describeError } from "../core/errors.ts";
import type { Frame, FrameSource } from "../core/frame.ts";
import { VariantLimitError, type Variants } from "../variants/variants.ts";
import { HttpError } from "./errors.ts";
import { etagOf, isKnown } from "./etag.ts";
import { NO_CACHE } from "./headers.ts";
import { timestamp } from "./multipart.ts";
import { SnapshotChoice } from "./snapshot-choice.ts";
import type { CameraHandler } from "./stream.ts";
import { variantSpecOf } from "./variant-query.ts";

/** How long a snapshot may take, in milliseconds. */
const SNAPSHOT_TIMEOUT_MS = 5000;

/** Sends one picture: which, is for `SnapshotChoice` to say. To a client that has it already, by its ETag, sends a 304. */
export function createSnapshotHandler(
  variants: (camera: Camera) => Variants,
  timeoutMs = SNAPSHOT_TIMEOUT_MS,
): CameraHandler {
  return async (camera, request, response) => {
    // A rate is for streams.
    const spec = { ...variantSpecOf(request), fps: undefined };
    const choice = new SnapshotChoice(camera, request, epochNow());
    response.set(NO_CACHE).type("image/jpeg");
    if (request.method === "HEAD") {
      response.end();
      return;
    }
    // Before the camera is opened for what would then be refused.
    variants(camera).of(spec);
    let unreadable: string | undefined;
    const transformed = async (frame: Frame): Promise<Frame | undefined> => {
      if (isKnown(request, etagOf(frame, spec))) return frame;
      try {
        return await variants(camera).picture(spec, frame);
      } catch (error) {
        if (error instanceof VariantLimitError) throw error;
        unreadable = describeError(error);
        return undefined;
      }
    };
    const chosen = (frame: Frame) => (choice.takes(frame) ? transformed(frame) : undefined);
    const taken = await firstOf(camera, chosen, timeoutMs, response);
    const frame = taken ?? (choice.lastResort && (await transformed(choice.lastResort)));
    if (response.closed) return;
    if (frame === undefined) {
      const why = unreadable ?? camera.status().lastError?.message ?? "it has not sent any";
      throw new HttpError(503, `No picture of ${camera.title} came in ${timeoutMs / 1000} s: ${why}.`, {
        "Retry-After": "5",
      });
    }
    send(request, response, frame, etagOf(frame, spec));
  };
}

function send(request: Request, response: Response, frame: Frame, etag: string): void {
  response.set({
    ETag: etag,
    Age: String(Math.max(0, Math.floor((epochNow() - frame.capturedAt) / 1000))),
    "X-Timestamp": timestamp(frame),
    "Access-Control-Expose-Headers": `${response.get("Access-Control-Expose-Headers")}, ETag`,
  });
  if (isKnown(request, etag)) {
    response.removeHeader("Content-Type");
    response.status(304).end();
  } else {
    response.set("Content-Length", String(frame.jpeg.length));
    response.end(frame.jpeg);
  }
}

/** The first that `choose` makes of the frames that come; undefined when it makes none in time, or the client leaves. */
async function firstOf<T>(
  source: FrameSource,
  choose: (frame: Frame) => Promise<T | undefined> | undefined,
  timeoutMs: number,
  response: Response,
): Promise<T | undefined> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), timeoutMs);
  const leave = () => stop.abort();
  response.once("close", leave);
  try {
    for await (const frame of source.subscribe(stop.signal)) {
      const made = await choose(frame);
      if (made !== undefined) return made;
    }
    return undefined;
  } finally {
    clearTimeout(timer);
    response.off("close", leave);
  }
}
