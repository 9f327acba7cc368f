import { RUNG_COUNT } from "../transform/rungs.ts";
import { DeliveryLag } from "./delivery-lag.ts";
import { DeliveryRatio } from "./delivery-ratio.ts";
import { LinkEstimator, type LinkState } from "./link-estimator.ts";
import { ProbeBackoff } from "./probe-backoff.ts";
import { RungDemand } from "./rung-demand.ts";

export const DEFAULT_MAX_LATENCY_MS = 500;

export interface AbrControllerOptions {
  /** Returns the bytes of a rung's frames now. */
  readonly bytesAt: (rung: number) => number;
  /** Returns the frame rate that the source can give now. */
  readonly sourceFps: () => number;
  /** How old frames may get on their way. @default 500 */
  readonly maxLatencyMs?: number | undefined;
  /**
   * If false, a rung is left only when frames are late, not when some are skipped. @default true
   */
  readonly isForEveryFrame?: boolean;
}

export interface LinkStatus {
  /** 0 is the rendition as asked for; each higher rung has fewer bytes. */
  readonly rung: number;
  /** Bytes per second that the link carries; null while it is too fast to tell. */
  readonly rate: number | null;
  /** The newest frame's age when it arrived; grows while one is in flight. */
  readonly lagMs: number;
}

/** The share of a link that frames may take, so that the backlog shrinks. */
const USABLE = 0.9;
/** The same for the rung above. Smaller, so that a link at the limit does not alternate. */
const USABLE_ABOVE = 0.75;
/**
 * A link has recovered if it seems to carry this many times what the rung above needs. With a
 * reader whose system buffers, links of 60 to 800 KB/s seemed 2.5 times as fast for 0.7 s.
 * Measured 2026-11-28, on the links of `npm run bench`.
 */
const PLENTY = 3;

/** The share of the latency from which on frames count as late. */
const LATE = 0.6;

/** Fewer than this share of the frames that should go out is too few. */
const ENOUGH = 0.85;

const DECIDE_EVERY_MS = 200;
/**
 * How long a link must be too slow for a rung, or fast enough for the one above. Rung 0 is left
 * later: a good link may pause for a moment, a link that was slow before rarely does.
 */
const LEAVE_AFTER_MS = 900;
const DOWN_AFTER_MS = 400;
const UP_AFTER_MS = 700;
/** Rungs change at most once a second; clocks differ a little. */
const HOLD_MS = 1050;

/**
 * Decides which rung of a ladder one viewer's link carries, and when the next frame may go out
 * so that none gets old on its way. All times are of one monotonic clock.
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

  /** Returns the bytes that wait for the link. */
  waitingAt(now: number): number {
    return this.#estimator.waitingAt(now);
  }

  /** Notes that a new frame waits to be sent. */
  offered(now: number): void {
    this.#deliveryRatio.offered(now);
  }

  /**
   * Returns whether a frame of `bytes` may go out now: once less than half of it waits, which
   * keeps the link busy and its frames fresh.
   */
  isReady(now: number, bytes: number): boolean {
    return this.#estimator.waitingAt(now) <= bytes / 2;
  }

  /** Notes that a frame goes out, `ageMs` after its capture. */
  sent(now: number, bytes: number, ageMs: number): void {
    this.#deliveryRatio.sent(now);
    this.#estimator.send(now, bytes);
    this.#deliveryLag.sent(this.#estimator.sent, now - ageMs);
  }

  /** Takes in how the link stands now. */
  sample(now: number, link: LinkState): void {
    this.#estimator.sample(now, link);
    const waiting = Math.max(link.queued + link.inFlight, this.#estimator.waitingAt(now));
    this.#deliveryLag.delivered(now, this.#estimator.sent - waiting);
  }

  /** Goes to `fallback`, since there is no room for `rung`. */
  refused(rung: number, fallback: number, now: number): void {
    this.#probeBackoff.refused(rung, now);
    this.#change(fallback, now);
  }

  /** Decides on the rung, and returns it. */
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
   * Returns the first rung below that the link carries, else the last; undefined if it carries this
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

  /** Returns whether too few of the wanted frames go out. */
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
