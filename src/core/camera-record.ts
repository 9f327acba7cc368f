import type { CameraStatus } from "./camera-status.ts";
import { epochNow } from "./clock.ts";
import type { Frame } from "./frame.ts";
import type { Picture } from "./mend.ts";
import { RateMeter } from "./rate.ts";

/** What a camera has given, and what went wrong with it: numbers and stamps its pictures, and counts. */
export class CameraRecord {
  readonly #rate = new RateMeter();
  #seq = 0;
  #repaired = 0;
  #dropped = 0;
  #restarts = 0;
  /** The number of the first picture since the driver was last opened. */
  #firstSeq = 0;
  #size: { width: number; height: number } | undefined;
  #lastError: { message: string; at: number } | null = null;
  #lastFrame: Frame | null = null;
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
  picturesBefore({ seq }: Frame): number {
    return seq - this.#firstSeq;
  }

  /** The driver is opened. */
  opened(): void {
    this.#firstSeq = this.#seq;
  }

  /** A picture came. */
  frame({ jpeg, width, height, repaired }: Picture): Frame {
    const capturedAt = epochNow();
    this.#size = { width, height };
    if (repaired) this.#repaired++;
    this.#rate.tick(performance.now());
    this.#lastFrame = { jpeg, seq: this.#seq++, capturedAt };
    return this.#lastFrame;
  }

  failed(message: string): void {
    this.#restarts++;
    this.#lastError = { message, at: Date.now() };
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
      lastError: this.#lastError,
      lastFrameAt: this.#lastFrame?.capturedAt ?? null,
      note: this.note,
    } satisfies Partial<CameraStatus>;
  }
}
