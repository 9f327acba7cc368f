import { epochOf } from "../util/clock.ts";
import { RateMeter } from "../util/rate-meter.ts";
import type { CameraStatus } from "./camera-status.ts";
import type { Frame } from "./frame.ts";
import type { ValidFrame } from "./validate-frames.ts";

/** Numbers and stamps frames, and counts failures. */
export class CameraStats {
  readonly #rate = new RateMeter();
  #seq = 0;
  #repaired = 0;
  #dropped = 0;
  #restarts = 0;
  #firstSeq = 0;
  #size: { width: number; height: number } | undefined;
  /** `at` is by `performance.now()`. */
  #lastError: { message: string; at: number } | null = null;
  #lastFrame: Frame | null = null;
  /** By `performance.now()`. */
  #watchedSince = 0;
  #nextTryAt: number | null = null;
  note: string | null = null;

  get lastFrame(): Frame | null {
    return this.#lastFrame;
  }

  get fps(): number {
    return this.#rate.rate(performance.now());
  }

  framesBefore({ seq }: Frame): number {
    return seq - this.#firstSeq;
  }

  /** By `performance.now()`. */
  get silentSince(): number {
    return Math.max(this.#lastFrame?.at ?? 0, this.#watchedSince);
  }

  /** Null unless it waits for a try. */
  get nextTryInMs(): number | null {
    return this.#nextTryAt && this.#nextTryAt - performance.now();
  }

  watched(): void {
    this.#watchedSince = performance.now();
  }

  released(): void {
    this.#nextTryAt = null;
  }

  opened(): void {
    this.#nextTryAt = null;
    this.#firstSeq = this.#seq;
  }

  frame({ jpeg, width, height, repaired }: ValidFrame): Frame {
    const at = performance.now();
    this.#size = { width, height };
    if (repaired) this.#repaired++;
    this.#rate.tick(at);
    this.#lastFrame = { jpeg, seq: this.#seq++, capturedAt: epochOf(at), at };
    return this.#lastFrame;
  }

  failed(message: string, pauseMs: number): void {
    this.#restarts++;
    this.#nextTryAt = performance.now() + pauseMs;
    this.#lastError = { message, at: performance.now() };
  }

  dropped(): void {
    this.#dropped++;
  }

  /** Forgets what was seen; numbers and counts go on. */
  forget(): void {
    this.#size = undefined;
    this.#lastError = null;
    this.#lastFrame = null;
    this.note = null;
  }

  status() {
    return {
      width: this.#size?.width ?? null,
      height: this.#size?.height ?? null,
      fps: Math.round(this.fps * 10) / 10,
      frames: this.#seq,
      repaired: this.#repaired,
      dropped: this.#dropped,
      restarts: this.#restarts,
      lastError: this.#lastError && { ...this.#lastError, at: Math.round(epochOf(this.#lastError.at)) },
      lastFrameAt: this.#lastFrame && epochOf(this.#lastFrame.at),
      nextTryAt: this.#nextTryAt && Math.round(epochOf(this.#nextTryAt)),
      note: this.note,
    } satisfies Partial<CameraStatus>;
  }
}
