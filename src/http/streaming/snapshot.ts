import type { Request, Response } from "express";
import type { Camera } from "../../core/camera.ts";
import type { CameraStatus } from "../../core/camera-status.ts";
import type { Frame } from "../../core/frame.ts";
import { guestStatus } from "../../core/guest-status.ts";
import { networkOf } from "../../net/ip-address.ts";
import { VariantLimitError } from "../../transform/encoders.ts";
import type { Placeholder, Placeholders } from "../../transform/placeholders.ts";
import { lastFrameOf } from "../../transform/rendition.ts";
import type { VariantSpec } from "../../transform/transform-spec.ts";
import type { Variants } from "../../transform/variants.ts";
import { epochNow, epochOf } from "../../util/clock.ts";
import { asSentence, describeError } from "../../util/errors.ts";
import { isUser } from "../access/authorization.ts";
import type { CameraHandler } from "../access/camera-handler.ts";
import { addressOf } from "../access/client-address.ts";
import { NO_CACHE, ONLINE_HEADER } from "../shared/headers.ts";
import { HttpError } from "../shared/http-error.ts";
import { switchParameter } from "../shared/request.ts";
import { etagOf, isKnown } from "./etag.ts";
import { timestamp } from "./multipart.ts";
import { SnapshotChoice } from "./snapshot-choice.ts";
import { readTransformQuery } from "./transform-query.ts";

const SNAPSHOT_TIMEOUT_MS = 5000;

/** How often a waiting snapshot checks whether a frame can still come. */
const HOPE_CHECK_MS = 100;

export interface SnapshotOptions {
  readonly variants: (camera: Camera) => Variants;
  readonly placeholders: Placeholders;
}

/** Sends the frame that `SnapshotChoice` chooses, a 304, or a placeholder; with `strict`, a 503. */
export function snapshotRoute(options: SnapshotOptions, timeoutMs = SNAPSHOT_TIMEOUT_MS): CameraHandler {
  return async (camera, request, response) => {
    const askedAt = performance.now();
    // Snapshots have no rate.
    const spec = { ...readTransformQuery(request), fps: undefined };
    const choice = new SnapshotChoice(camera, request, askedAt);
    const isStrict = switchParameter(request, "strict");
    response.set(NO_CACHE).type("image/jpeg");
    if (request.method === "HEAD") {
      response.end();
      return;
    }
    const variants = options.variants(camera);
    // Refuses before the camera is opened.
    variants.of(spec);
    const attempt = new Attempt(variants, spec, request);
    // A recent frame needs no open camera.
    const last = camera.lastFrame;
    const kept = last !== null && choice.takes(last) ? await attempt.make(last) : undefined;
    if (kept !== undefined) {
      sendFrame(request, response, kept, etagOf(kept, spec));
      return;
    }
    const watching = new AbortController();
    try {
      const taken = attempt.first(camera.subscribe(watching.signal), choice);
      const inTime = await Promise.race([taken, untilInVain(camera, timeoutMs, response, watching.signal)]);
      const frame = inTime ?? (choice.lastResort && (await attempt.make(choice.lastResort)));
      if (response.closed) return;
      if (frame !== undefined) {
        sendFrame(request, response, frame, etagOf(frame, spec));
        return;
      }
      const problem = attempt.problem ?? noPicture(statusFor(camera, request), performance.now() - askedAt, timeoutMs);
      // Drawn before the camera is released, which forgets its error. An idle camera was closed.
      const hasPlaceholder = !isStrict && attempt.problem === undefined && camera.status().state !== "idle";
      const placeholder = hasPlaceholder ? placeholderOf(options, camera, spec) : undefined;
      watching.abort();
      const drawn = await placeholder;
      if (drawn === undefined) throw problem;
      send(response, drawn.jpeg, { [ONLINE_HEADER]: "0" });
    } finally {
      watching.abort();
    }
  };
}

class Attempt {
  readonly #variants: Variants;
  readonly #spec: VariantSpec;
  readonly #request: Request;
  readonly #clients: () => readonly string[];
  #unreadable: string | undefined;

  constructor(variants: Variants, spec: VariantSpec, request: Request) {
    this.#variants = variants;
    this.#spec = spec;
    this.#request = request;
    const network = networkOf(addressOf(request));
    this.#clients = () => [network];
  }

  /** Undefined if no frame came. */
  get problem(): HttpError | undefined {
    if (this.#unreadable === undefined) return undefined;
    return new HttpError(503, `Snapshot failed: no frame could be transformed: ${asSentence(this.#unreadable)}`, {
      "Retry-After": "5",
    });
  }

  /** Undefined if the frames end before. */
  async first(frames: AsyncIterable<Frame>, choice: SnapshotChoice): Promise<Frame | undefined> {
    for await (const frame of frames) {
      const made = choice.takes(frame) ? await this.make(frame) : undefined;
      if (made !== undefined) return made;
    }
    return undefined;
  }

  /** Returns the frame itself if the client has it; undefined if it cannot be read. */
  async make(frame: Frame): Promise<Frame | undefined> {
    if (isKnown(this.#request, etagOf(frame, this.#spec))) return frame;
    try {
      return await this.#variants.encode(this.#spec, frame, { clients: this.#clients });
    } catch (error) {
      if (error instanceof VariantLimitError) throw error;
      this.#unreadable = describeError(error);
      return undefined;
    }
  }
}

function send(response: Response, jpeg: Uint8Array, headers: Readonly<Record<string, string>>): void {
  response.set({ "Content-Length": String(jpeg.length), ...headers });
  response.end(jpeg);
}

function sendFrame(request: Request, response: Response, frame: Frame, etag: string): void {
  const exposed = `${response.get("Access-Control-Expose-Headers")}, ETag`;
  const headers = { [ONLINE_HEADER]: "1", ETag: etag, ...timesOf(frame), "Access-Control-Expose-Headers": exposed };
  if (!isKnown(request, etag)) {
    send(response, frame.jpeg, headers);
    return;
  }
  response.set(headers).removeHeader("Content-Type");
  response.status(304).end();
}

async function placeholderOf(
  { variants, placeholders }: SnapshotOptions,
  camera: Camera,
  spec: VariantSpec,
): Promise<Placeholder | undefined> {
  const last = await lastFrameOf(camera, variants(camera), spec)();
  return await placeholders.of(camera, variants(camera).of(spec), last);
}

function timesOf(frame: Frame): Record<string, string> {
  const age = Math.floor((performance.now() - frame.at) / 1000);
  // By the present clock, with which the client may compare it.
  return { Age: String(age), "X-Timestamp": timestamp(epochOf(frame.at)) };
}

function statusFor(camera: Camera, request: Request): CameraStatus {
  return isUser(request) ? camera.status() : guestStatus(camera.status());
}

function noPicture(status: CameraStatus, waitedMs: number, timeoutMs: number): HttpError {
  const { title, lastError, nextTryAt, waitingFor } = status;
  const why = waitingFor ?? lastError?.message ?? "it has not sent any";
  const tryInS = Math.ceil(((nextTryAt ?? 0) - epochNow()) / 1000);
  if (tryInS > 0 && waitedMs < timeoutMs - HOPE_CHECK_MS) {
    const headers = { "Retry-After": String(tryInS) };
    return new HttpError(503, `No frame of ${title} before its next try in ${tryInS} s: ${asSentence(why)}`, headers);
  }
  return new HttpError(503, `No frame of ${title} came in ${timeoutMs / 1000} s: ${asSentence(why)}`, {
    "Retry-After": "5",
  });
}

/** Resolves at the timeout, when no frame can come, or when the client leaves. */
function untilInVain(camera: Camera, timeoutMs: number, response: Response, signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    const deadline = performance.now() + timeoutMs;
    const end = () => resolve(undefined);
    const timer = setTimeout(end, timeoutMs);
    const hopeCheck = setInterval(() => {
      if (performance.now() + (camera.nextTryInMs ?? 0) > deadline) end();
    }, HOPE_CHECK_MS);
    response.once("close", end);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      clearInterval(hopeCheck);
      response.off("close", end);
    });
  });
}
