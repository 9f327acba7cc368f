import { networkOf } from "../../net/ip-address.ts";
import type { Histogram } from "../../util/histogram.ts";
import { RateMeter } from "../../util/rate-meter.ts";
import type { Framing, Part } from "./multipart.ts";
import type { PartObserver } from "./part-writer.ts";
import type { AdaptiveStatus, ViewerStatus } from "./viewer-status.ts";
import type { Taken } from "./viewer-totals.ts";

/** A picture that was sent: when, by `performance.now()`, and how old it was then, in milliseconds. */
export interface SentFrame {
  readonly at: number;
  readonly ageMs: number;
}

/** Who comes to watch. */
export interface ViewerDetails {
  readonly camera: string;
  readonly address: string;
  readonly key: string | null;
  readonly framing: Framing | "live";
  readonly variant: string | null;
}

/** Who watches one camera, and what is known of its connection. */
export class Viewer implements PartObserver, Taken {
  readonly camera: string;
  /** As in its status. */
  variant: string | null;
  readonly #id: number;
  readonly #details: ViewerDetails;
  readonly #ages: Histogram;
  readonly #rate = new RateMeter();
  /** The number of its newest picture, of those that its source gave. */
  #number = Number.NaN;
  #dropped = 0;
  #bytes = 0;
  #lagMs = 0;
  #hasPlaceholder = false;
  /** When the part being written was begun, by `performance.now()`, and how old its picture was; NaN between parts. */
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

  /** The network of its address. */
  get network(): string {
    return networkOf(this.#details.address);
  }

  get frames(): number {
    return this.#rate.count;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Pictures it was too slow for. */
  get dropped(): number {
    return this.#dropped;
  }

  /** As in its status, at `now` by `performance.now()`. */
  lagMs(now: number): number {
    return Math.round(Math.max(this.#lagMs, Number.isNaN(this.#since) ? 0 : this.#ageMs + now - this.#since));
  }

  /** Its stream adapts; `status` tells how. */
  adapts(status: () => AdaptiveStatus): void {
    this.#adaptive = status;
  }

  /** Its pictures come from elsewhere from now on, and are numbered anew. */
  resetNumbering(): void {
    this.#number = Number.NaN;
  }

  writing({ frame }: Part, bytes: number): void {
    // The first picture is as old as the camera's last, a repeated one older, and a placeholder is no picture: none of it is
    // this viewer's lag.
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
    // News alone has an age.
    if (this.#ageMs > 0) this.#ages.add(this.#lagMs);
    this.#rate.tick(now);
  }

  /** In place of `writing`, for a viewer that acknowledges: several pictures may be on their way to it. */
  sending(part: Part, bytes: number): SentFrame {
    const oldest = { at: this.#since, ageMs: this.#ageMs };
    this.writing(part, bytes);
    const sent = { at: this.#since, ageMs: this.#ageMs };
    if (!Number.isNaN(oldest.at)) this.#waitFor(oldest);
    return sent;
  }

  /** In place of `written`, for a viewer that acknowledges: what it has now, and the oldest of what it has not yet. */
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
