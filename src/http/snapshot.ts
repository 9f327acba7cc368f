import type { Response } from "express";
import type { Camera } from "../core/camera.ts";
import { epochNow } from "../core/clock.ts";
import type { Frame } from "../core/frame.ts";
import type { Cards } from "../variants/no-picture.ts";
import { HttpError } from "./errors.ts";
import { NO_CACHE, ONLINE_HEADER } from "./headers.ts";
import { timestamp } from "./multipart.ts";
import { millisecondsParameter, refuseTransforms, switchParameter } from "./request.ts";
import type { CameraHandler } from "./stream.ts";

/** How long a snapshot may take, in milliseconds. */
const SNAPSHOT_TIMEOUT_MS = 5000;

/** While a snapshot waits, this often it is seen whether that is in vain, in milliseconds. */
const HOPE_CHECK_MS = 100;

/**
 * Sends one picture, captured after the request came, or up to `max_age` milliseconds before. When none comes in time,
 * or the camera is not tried again before that, sends its card; with `strict`, or where no card can be drawn, a 503.
 */
export function createSnapshotHandler(cards: Cards, timeoutMs = SNAPSHOT_TIMEOUT_MS): CameraHandler {
  return async (camera, request, response) => {
    const askedAt = epochNow();
    refuseTransforms(request);
    const maxAgeMs = millisecondsParameter(request, "max_age") ?? 0;
    const isStrict = switchParameter(request, "strict");
    response.set(NO_CACHE).type("image/jpeg");
    if (request.method === "HEAD") {
      response.end();
      return;
    }
    const watching = new AbortController();
    try {
      const newest = frameSince(camera.subscribe(watching.signal), askedAt - maxAgeMs);
      const frame = await Promise.race([newest, untilInVain(camera, timeoutMs, response, watching.signal)]);
      if (response.closed) return;
      if (frame !== undefined) {
        send(response, frame.jpeg, { [ONLINE_HEADER]: "1", ...timesOf(frame) });
        return;
      }
      const problem = noPicture(camera, epochNow() - askedAt, timeoutMs);
      // Asked for before the camera is let go, which would forget what is wrong with it. If it is idle now, it was closed.
      const card = isStrict || camera.status().state === "idle" ? undefined : cards.of(camera);
      watching.abort();
      const drawn = await card;
      if (drawn === undefined) throw problem;
      send(response, drawn.jpeg, { [ONLINE_HEADER]: "0" });
    } finally {
      watching.abort();
    }
  };
}

function send(response: Response, jpeg: Uint8Array, headers: Readonly<Record<string, string>>): void {
  response.set({ "Content-Length": String(jpeg.length), ...headers });
  response.end(jpeg);
}

function timesOf(frame: Frame): Record<string, string> {
  const age = Math.max(0, Math.floor((epochNow() - frame.capturedAt) / 1000));
  return { Age: String(age), "X-Timestamp": timestamp(frame) };
}

/** Says why there is none: it did not come in time, or cannot. */
function noPicture(camera: Camera, waitedMs: number, timeoutMs: number): HttpError {
  const { title, lastError, nextTryAt, waitingFor } = camera.status();
  const why = waitingFor ?? lastError?.message ?? "it has not sent any";
  const tryInS = Math.ceil(((nextTryAt ?? 0) - Date.now()) / 1000);
  if (tryInS > 0 && waitedMs < timeoutMs - HOPE_CHECK_MS) {
    const headers = { "Retry-After": String(tryInS) };
    return new HttpError(503, `No picture of ${title} before its next try in ${tryInS} s: ${why}.`, headers);
  }
  return new HttpError(503, `No picture of ${title} came in ${timeoutMs / 1000} s: ${why}.`, { "Retry-After": "5" });
}

/** The first frame captured at `since` (epoch milliseconds) or later; undefined when the subscription ends before. */
async function frameSince(frames: AsyncIterable<Frame>, since: number): Promise<Frame | undefined> {
  for await (const frame of frames) {
    if (frame.capturedAt >= since) return frame;
  }
  return undefined;
}

/** Resolves when the time is over, when the camera will not be tried again before, or when the client leaves. */
function untilInVain(camera: Camera, timeoutMs: number, response: Response, signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    const deadline = Date.now() + timeoutMs;
    const end = () => resolve(undefined);
    const timer = setTimeout(end, timeoutMs);
    const hopeCheck = setInterval(() => {
      if ((camera.status().nextTryAt ?? 0) > deadline) end();
    }, HOPE_CHECK_MS);
    response.once("close", end);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      clearInterval(hopeCheck);
      response.off("close", end);
    });
  });
}
