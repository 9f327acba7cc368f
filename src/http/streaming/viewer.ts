import { networkOf } from "../../net/ip-address.ts";
import type { Histogram } from "../../util/histogram.ts";
import { RateMeter } from "../../util/rate-meter.ts";
import type { Framing, Part } from "./multipart.ts";
import type { PartObserver } from "./part-writer.ts";
import type { AdaptiveStatus, ViewerStatus } from "./viewer-status.ts";
import type { Taken } from "./viewer-totals.ts";

/** `at` is by `performance.now()`. */
export interface SentFrame {
  readonly at: number;
  readonly ageMs: number;
}

export interface ViewerDetails {
  readonly camera: string;
  readonly address: string;
  readonly key: string | null;
  readonly framing: Framing | "live";
  readonly variant: string | null;
}

/** Counts what one viewer's connection takes. */
export class Viewer implements PartObserver, Taken {
  readonly camera: string;
  variant: string | null;
  readonly #id: number;
  readonly #details: ViewerDetails;
  readonly #ages: Histogram;
  readonly #rate = new RateMeter();
  #number = Number.NaN;
  #dropped = 0;
  #bytes = 0;
  #lagMs = 0;
  #hasPlaceholder = false;
  /** By `performance.now()`; NaN between parts. */
  #since = Number.NaN;
  #ageMs = 0;
  #adaptive: (() => AdaptiveStatus) | undefined;

  constructor(id: number, details: ViewerDetails, ages: Histogram) {
    this.camera = details.camera;
    this.variant = details.variant;
    this.#id = id;
    this.#details = details;
    this.#ages = ages;
  }

  get network(): string {
    return networkOf(this.#details.address);
  }

  get frames(): number {
    return this.#rate.count;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get dropped(): number {
    return this.#dropped;
  }

  lagMs(now: number): number {
    return Math.round(Math.max(this.#lagMs, Number.isNaN(this.#since) ? 0 : this.#ageMs + now - this.#since));
  }

  adapts(status: () => AdaptiveStatus): void {
    this.#adaptive = status;
  }

  /** Called when its source changes. */
  resetNumbering(): void {
    this.#number = Number.NaN;
  }

  writing({ frame }: Part, bytes: number): void {
    // None is lag of this viewer: the first frame is as old as the camera's last, a repeat older.
    const number = frame === undefined ? Number.NaN : (frame.ordinal ?? frame.seq);
    const isNews = frame !== undefined && number > this.#number;
    const now = performance.now();
    this.#ageMs = isNews ? now - frame.at : 0;
    if (isNews) this.#dropped += number - this.#number - 1;
    if (frame !== undefined) this.#number = number;
    this.#hasPlaceholder = frame === undefined;
    this.#bytes += bytes;
    this.#since = now;
  }

  written(): void {
    if (Number.isNaN(this.#since)) return;
    const now = performance.now();
    this.#lagMs = this.#ageMs + now - this.#since;
    this.#since = Number.NaN;
    // Only new frames have an age.
    if (this.#ageMs > 0) this.#ages.add(this.#lagMs);
    this.#rate.tick(now);
  }

  /** Replaces `writing` for a viewer that acknowledges. */
  sending(part: Part, bytes: number): SentFrame {
    const oldest = { at: this.#since, ageMs: this.#ageMs };
    this.writing(part, bytes);
    const sent = { at: this.#since, ageMs: this.#ageMs };
    if (!Number.isNaN(oldest.at)) this.#waitFor(oldest);
    return sent;
  }

  /**
   * Replaces `written` for a viewer that acknowledges: new acknowledgements, and the oldest open
   * frame.
   */
  acknowledged(has: readonly SentFrame[], oldest: SentFrame | undefined): void {
    const now = performance.now();
    const newest = has.at(-1);
    if (newest !== undefined) this.#lagMs = newest.ageMs + now - newest.at;
    this.#waitFor(oldest ?? { at: Number.NaN, ageMs: 0 });
    for (const { at, ageMs } of has) {
      if (ageMs > 0) this.#ages.add(ageMs + now - at);
      this.#rate.tick(now);
    }
  }

  #waitFor({ at, ageMs }: SentFrame): void {
    this.#since = at;
    this.#ageMs = ageMs;
  }

  status(): ViewerStatus {
    const { key, address, framing } = this.#details;
    const now = performance.now();
    const { variant, rung, rate, lagMs } = this.#adaptive?.() ?? {
      variant: this.variant,
      rung: null,
      rate: null,
      lagMs: this.lagMs(now),
    };
    return {
      id: this.#id,
      key,
      address,
      framing,
      card: this.#hasPlaceholder,
      variant,
      fps: Math.round(this.#rate.rate(now) * 10) / 10,
      lagMs: Math.round(lagMs),
      rung,
      rate,
      dropped: this.#dropped,
      bytes: this.#bytes,
    };
  }
}
