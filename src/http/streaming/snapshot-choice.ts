import type { Request } from "express";
import type { Camera } from "../../core/camera.ts";
import type { Frame } from "../../core/frame.ts";
import { countParameter, millisecondsParameter, oneOfParameter } from "../shared/request.ts";

/** No more frames come within the timeout, from a camera of 20 fps. */
const MAX_WARMUP = 100;

/**
 * Chooses the frame of a snapshot: captured after the request, or up to `max-age` before. With
 * `wait=next`, an older one is the last resort.
 */
export class SnapshotChoice {
  readonly #camera: Camera;
  readonly #askedAt: number;
  readonly #maxAgeMs: number;
  readonly #isForNext: boolean;
  readonly #warmup: number;
  #lastResort: Frame | undefined;

  /**
   * @param askedAt by `performance.now()`.
   * @throws HttpError 400 for a malformed parameter.
   */
  constructor(camera: Camera, request: Request, askedAt: number) {
    this.#camera = camera;
    this.#askedAt = askedAt;
    this.#maxAgeMs = millisecondsParameter(request, "max-age") ?? 0;
    this.#isForNext = oneOfParameter(request, "wait", ["next"]) !== undefined;
    this.#warmup = countParameter(request, "warmup", MAX_WARMUP) ?? 0;
  }

  get lastResort(): Frame | undefined {
    return this.#lastResort;
  }

  takes(frame: Frame): boolean {
    if (frame.at < this.#askedAt - this.#maxAgeMs) return false;
    this.#lastResort = frame;
    const isNext = frame.at >= this.#askedAt;
    return (isNext || !this.#isForNext) && this.#camera.framesBefore(frame) >= this.#warmup;
  }
}
