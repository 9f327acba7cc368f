import { epochOf } from "../util/clock.ts";
import { RateMeter } from "../util/rate-meter.ts";
import type { CameraStatus } from "./camera-status.ts";
import type { Frame } from "./frame.ts";
import type { ValidFrame } from "./validate-frames.ts";

/** What a camera has given, and what went wrong with it: numbers and stamps its pictures, and counts. */
export class CameraStats {
  readonly #rate = new RateMeter();
  #seq = 0;
  #repaired = 0;
  #dropped = 0;
  #restarts = 0;
  /** The number of the first picture since the driver was last opened. */
  #firstSeq = 0;
  #size: { width: number; height: number } | undefined;
  /** Its time is by `performance.now()`. */
  #lastError: { message: string; at: number } | null = null;
  #lastFrame: Frame | null = null;
  /** By `performance.now()`, as is `#nextTryAt`. */
  #watchedSince = 0;
  #nextTryAt: number | null = null;
  /** What the driver said last of its choices. */
  note: string | null = null;

  /** The newest frame there ever was; null before the first. */
  get lastFrame(): Frame | null {
    return this.#lastFrame;
  }

  /** Pictures captured a second, over the last moments. */
  get fps(): number {
    return this.#rate.rate(performance.now());
  }

  /** As `Camera.picturesBefore`. */
  framesBefore({ seq }: Frame): number {
    return seq - this.#firstSeq;
  }

  /** When the last picture came since a viewer came, or else when that was, by `performance.now()`. */
  get silentSince(): number {
    return Math.max(this.#lastFrame?.at ?? 0, this.#watchedSince);
  }

  /** In how long it is opened again, in milliseconds; null unless it waits for that. */
  get nextTryInMs(): number | null {
    return this.#nextTryAt && this.#nextTryAt - performance.now();
  }

  /** The first viewer has come. */
  watched(): void {
    this.#watchedSince = performance.now();
  }

  /** The last viewer has gone. */
  released(): void {
    this.#nextTryAt = null;
  }

  /** The driver is opened. */
  opened(): void {
    this.#nextTryAt = null;
    this.#firstSeq = this.#seq;
  }

  /** A picture came. */
  frame({ jpeg, width, height, repaired }: ValidFrame): Frame {
    const at = performance.now();
    this.#size = { width, height };
    if (repaired) this.#repaired++;
    this.#rate.tick(at);
    this.#lastFrame = { jpeg, seq: this.#seq++, capturedAt: epochOf(at), at };
    return this.#lastFrame;
  }

  /** The driver failed, and is opened again after a pause. */
  failed(message: string, pauseMs: number): void {
    this.#restarts++;
    this.#nextTryAt = performance.now() + pauseMs;
    this.#lastError = { message, at: performance.now() };
  }

  /** A picture came that cannot be shown. */
  dropped(): void {
    this.#dropped++;
  }

  /** What comes next is of something else. Numbers and counts go on. */
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
