import type { Request } from "express";
import type { Camera } from "../../core/camera.ts";
import type { Frame } from "../../core/frame.ts";
import { countParameter, millisecondsParameter, oneOfParameter } from "../shared/request.ts";

/** Pictures a snapshot may pass over: more do not come in the time it has, of a camera of 20 a second. */
const MAX_WARMUP = 100;

/**
 * Which of a camera's pictures a snapshot may be: one captured after the request, or up to `max-age` milliseconds before,
 * of a camera that has given `warmup` pictures since it was opened. With `wait=next` an older one is the last resort.
 */
export class SnapshotChoice {
  readonly #camera: Camera;
  readonly #askedAt: number;
  readonly #maxAgeMs: number;
  readonly #isForNext: boolean;
  readonly #warmup: number;
  #lastResort: Frame | undefined;

  /** `askedAt` is by `performance.now()`. Throws an HttpError 400 for a parameter that is malformed. */
  constructor(camera: Camera, request: Request, askedAt: number) {
    this.#camera = camera;
    this.#askedAt = askedAt;
    this.#maxAgeMs = millisecondsParameter(request, "max-age") ?? 0;
    this.#isForNext = oneOfParameter(request, "wait", ["next"]) !== undefined;
    this.#warmup = countParameter(request, "warmup", MAX_WARMUP) ?? 0;
  }

  /** The newest picture that was allowed and yet not taken, for when no better one comes in time. */
  get lastResort(): Frame | undefined {
    return this.#lastResort;
  }

  /** Whether a picture is the one to send. */
  takes(frame: Frame): boolean {
    if (frame.at < this.#askedAt - this.#maxAgeMs) return false;
    this.#lastResort = frame;
    const isNext = frame.at >= this.#askedAt;
    return (isNext || !this.#isForNext) && this.#camera.framesBefore(frame) >= this.#warmup;
  }
}
