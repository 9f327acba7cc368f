import { RUNG_COUNT } from "../transform/rungs.ts";
import { DeliveryLag } from "./delivery-lag.ts";
import { DeliveryRatio } from "./delivery-ratio.ts";
import { LinkEstimator, type LinkState } from "./link-estimator.ts";
import { ProbeBackoff } from "./probe-backoff.ts";
import { RungDemand } from "./rung-demand.ts";

export const DEFAULT_MAX_LATENCY_MS = 500;

export interface AbrControllerOptions {
  readonly bytesAt: (rung: number) => number;
  readonly sourceFps: () => number;
  /** @default 500 */
  readonly maxLatencyMs?: number | undefined;
  /** If false, only late frames lower the rung, not skipped ones. @default true */
  readonly isForEveryFrame?: boolean;
}

export interface LinkStatus {
  /** 0 is the rendition as asked for. */
  readonly rung: number;
  /** Bytes per second; null while the link is too fast to tell. */
  readonly rate: number | null;
  /** The newest frame's age when it arrived; grows while one is in flight. */
  readonly lagMs: number;
}

/** Leaves room for the backlog to shrink. */
const USABLE = 0.9;
/** Smaller, so that a link at the limit does not alternate. */
const USABLE_ABOVE = 0.75;
/**
 * A recovered link seems to carry this many times what the rung above needs. Where a reader's
 * system buffers, links of 60 to 800 KB/s seemed 2.5 times as fast for 0.7 s. Measured 2026-11-28,
 * on the links of `npm run bench`.
 */
const PLENTY = 3;

/** Share of the latency. */
const LATE = 0.6;

/** Share of the frames that should go out. */
const ENOUGH = 0.85;

const DECIDE_EVERY_MS = 200;
/**
 * How long a link must be too slow for a rung, or fast enough for the one above. Rung 0 is left
 * later: a good link may pause for a moment.
 */
const LEAVE_AFTER_MS = 900;
const DOWN_AFTER_MS = 400;
const UP_AFTER_MS = 700;
/** Rungs change at most once a second; clocks differ a little. */
const HOLD_MS = 1050;

/**
 * Decides which rung a viewer's link carries, and when the next frame may go out. All times are of
 * one monotonic clock.
 */
export class AbrController {
  readonly #options: AbrControllerOptions;
  readonly #maxLatencyMs: number;
  readonly #isForEveryFrame: boolean;
  readonly #demand: RungDemand;
  readonly #estimator = new LinkEstimator();
  readonly #deliveryLag = new DeliveryLag();
  readonly #probeBackoff = new ProbeBackoff();
  readonly #deliveryRatio = new DeliveryRatio();
  #rung = 0;
  #decidedAt = Number.NEGATIVE_INFINITY;
  #changedAt = Number.NEGATIVE_INFINITY;
  #tooSlowSince: number | undefined;
  #fastEnoughSince: number | undefined;

  constructor(options: AbrControllerOptions) {
    this.#options = options;
    this.#maxLatencyMs = options.maxLatencyMs ?? DEFAULT_MAX_LATENCY_MS;
    this.#isForEveryFrame = options.isForEveryFrame ?? true;
    this.#demand = new RungDemand({
      bytesAt: options.bytesAt,
      maxLatencyMs: this.#maxLatencyMs,
      isForEveryFrame: this.#isForEveryFrame,
    });
  }

  get rung(): number {
    return this.#rung;
  }

  waitingAt(now: number): number {
    return this.#estimator.waitingAt(now);
  }

  offered(now: number): void {
    this.#deliveryRatio.offered(now);
  }

  /** True once less than half of the frame waits: the link stays busy and its frames fresh. */
  isReady(now: number, bytes: number): boolean {
    return this.#estimator.waitingAt(now) <= bytes / 2;
  }

  /** `ageMs` counts from its capture. */
  sent(now: number, bytes: number, ageMs: number): void {
    this.#deliveryRatio.sent(now);
    this.#estimator.send(now, bytes);
    this.#deliveryLag.sent(this.#estimator.sent, now - ageMs);
  }

  sample(now: number, link: LinkState): void {
    this.#estimator.sample(now, link);
    const waiting = Math.max(link.queued + link.inFlight, this.#estimator.waitingAt(now));
    this.#deliveryLag.delivered(now, this.#estimator.sent - waiting);
  }

  /** Goes to `fallback`: there is no room for `rung`. */
  refused(rung: number, fallback: number, now: number): void {
    this.#probeBackoff.refused(rung, now);
    this.#change(fallback, now);
  }

  decide(now: number): number {
    if (now - this.#decidedAt < DECIDE_EVERY_MS) return this.#rung;
    this.#decidedAt = now;
    const fps = this.#options.sourceFps();
    const below = this.#rungBelow(fps, now);
    const isTooSlow = below !== undefined && (this.#isLate(now) || (this.#isForEveryFrame && this.#isShort(fps)));
    const above = this.#rung - 1;
    const isFastEnough = above >= 0 && this.#mayProbe(above, fps, now) && this.#carries(above, fps, USABLE_ABOVE);
    this.#tooSlowSince = isTooSlow ? (this.#tooSlowSince ?? now) : undefined;
    this.#fastEnoughSince = isFastEnough ? (this.#fastEnoughSince ?? now) : undefined;
    if (now - this.#changedAt < HOLD_MS) return this.#rung;
    if (below !== undefined && hasLasted(this.#tooSlowSince, now, this.#rung === 0 ? LEAVE_AFTER_MS : DOWN_AFTER_MS)) {
      this.#probeBackoff.left(this.#rung, now);
      this.#change(below, now);
    } else if (hasLasted(this.#fastEnoughSince, now, UP_AFTER_MS)) {
      this.#probeBackoff.climbed(now);
      this.#change(above, now);
    }
    return this.#rung;
  }

  status(now: number): LinkStatus {
    const { rate } = this.#estimator;
    return {
      rung: this.#rung,
      rate: rate === Number.POSITIVE_INFINITY ? null : Math.round(rate),
      lagMs: Math.round(this.#deliveryLag.lagMs(now)),
    };
  }

  #change(rung: number, now: number): void {
    this.#rung = rung;
    this.#changedAt = now;
    this.#tooSlowSince = undefined;
    this.#fastEnoughSince = undefined;
    // The ratio of the rung before tells nothing of this one.
    this.#deliveryRatio.reset();
  }

  /**
   * Returns the first lower rung that the link carries, else the last; undefined if it carries this
   * one.
   */
  #rungBelow(fps: number, now: number): number | undefined {
    if (this.#carries(this.#rung, fps, USABLE)) return undefined;
    const rungs = Array.from({ length: RUNG_COUNT - this.#rung - 1 }, (_, index) => this.#rung + 1 + index);
    const open = rungs.filter((rung) => !this.#probeBackoff.isRefused(rung, now));
    return open.find((rung) => this.#carries(rung, fps, USABLE)) ?? open.at(-1);
  }

  #mayProbe(rung: number, fps: number, now: number): boolean {
    return this.#probeBackoff.mayProbe(rung, now, this.#carries(rung, fps, USABLE_ABOVE / PLENTY));
  }

  #carries(rung: number, fps: number, usable: number): boolean {
    return this.#demand.isMet(rung, fps, this.#estimator.rate, usable);
  }

  #isShort(fps: number): boolean {
    return this.#deliveryRatio.isBelow((ENOUGH * this.#demand.fpsAt(this.#rung, fps)) / fps);
  }

  #isLate(now: number): boolean {
    return this.#deliveryLag.lagMs(now) > LATE * this.#maxLatencyMs;
  }
}

function hasLasted(since: number | undefined, now: number, ms: number): boolean {
  return since !== undefined && now - since >= ms;
}
