import type { Response } from "express";
import { epochNow } from "../core/clock.ts";
import type { Frame, FrameSource } from "../core/frame.ts";
import { HttpError } from "./errors.ts";
import { NO_CACHE } from "./headers.ts";
import { timestamp } from "./multipart.ts";
import { millisecondsParameter, refuseTransforms } from "./request.ts";
import type { CameraHandler } from "./stream.ts";

/** How long a snapshot may take, in milliseconds. */
const SNAPSHOT_TIMEOUT_MS = 5000;

/** Sends one picture, captured after the request came, or up to `max_age` milliseconds before. */
export function createSnapshotHandler(timeoutMs = SNAPSHOT_TIMEOUT_MS): CameraHandler {
  return async (camera, request, response) => {
    const askedAt = epochNow();
    refuseTransforms(request);
    const maxAgeMs = millisecondsParameter(request, "max_age") ?? 0;
    response.set(NO_CACHE).type("image/jpeg");
    if (request.method === "HEAD") {
      response.end();
      return;
    }
    const frame = await frameSince(camera, askedAt - maxAgeMs, timeoutMs, response);
    if (response.closed) return;
    if (frame === undefined) {
      const why = camera.status().lastError?.message ?? "it has not sent any";
      throw new HttpError(503, `No picture of ${camera.title} came in ${timeoutMs / 1000} s: ${why}.`, {
        "Retry-After": "5",
      });
    }
    response.set({
      "Content-Length": String(frame.jpeg.length),
      Age: String(Math.max(0, Math.floor((epochNow() - frame.capturedAt) / 1000))),
      "X-Timestamp": timestamp(frame),
    });
    response.end(frame.jpeg);
  };
}

/** The first frame captured at `since` (epoch milliseconds) or later; undefined when none comes or the client leaves. */
async function frameSince(
  source: FrameSource,
  since: number,
  timeoutMs: number,
  response: Response,
): Promise<Frame | undefined> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), timeoutMs);
  const leave = () => stop.abort();
  response.once("close", leave);
  try {
    for await (const frame of source.subscribe(stop.signal)) {
      if (frame.capturedAt >= since) return frame;
    }
    return undefined;
  } finally {
    clearTimeout(timer);
    response.off("close", leave);
  }
}
