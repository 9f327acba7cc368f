import { RUNG_COUNT } from "../transform/rungs.ts";
import { DeliveryLag } from "./delivery-lag.ts";
import { DeliveryRatio } from "./delivery-ratio.ts";
import { LinkEstimator, type LinkState } from "./link-estimator.ts";
import { ProbeBackoff } from "./probe-backoff.ts";
import { RungDemand } from "./rung-demand.ts";

/** How old pictures may get on their way where nobody says otherwise, in milliseconds. */
export const DEFAULT_MAX_LATENCY_MS = 500;

export interface AbrControllerOptions {
  /** Bytes of a picture of a rung, now. */
  readonly bytesAt: (rung: number) => number;
  /** Pictures a second that there are to be had, now. */
  readonly sourceFps: () => number;
  /** How old pictures may get on their way, in milliseconds. @default 500 */
  readonly maxLatencyMs?: number | undefined;
  /** False has a rung left only once pictures are late, and not already when some do not go out. @default true */
  readonly isForEveryFrame?: boolean;
}

/** Where a link stands. */
export interface LinkStatus {
  /** 0 for the pictures as they were asked for; the larger, the less. */
  readonly rung: number;
  /** What the link carries, in bytes a second; null while it is faster than can be told. */
  readonly rate: number | null;
  /** How old the newest picture was when it had arrived, in milliseconds; grows while one is on its way. */
  readonly lagMs: number;
}

/** The share of a link that pictures may take, so that what waits gets less and not more. */
const USABLE = 0.9;
/** The same for the rung above: less, lest a link just at the limit be climbed up and down. */
const USABLE_ABOVE = 0.75;
/**
 * A link that looks as if it carried this many times as much as the rung above needs has recovered: where a reader's system takes what
 * nobody has read, links of 60 to 800 KB/s looked like 2.5 times as much at most, for 0.7 s (on the links of `npm run bench`, 2026-11-28).
 */
const PLENTY = 3;

/** From when on pictures count as late, as a share of the latency. */
const LATE = 0.6;

/** Fewer than this share of the pictures that should go out is too few. */
const ENOUGH = 0.85;

/** How often the rung is thought over, in milliseconds. */
const DECIDE_EVERY_MS = 200;
/**
 * How long a link must have been too slow for a rung, or fast enough for the one above, in milliseconds. What was asked for is left less readily: a
 * good link may stop for a moment, one that was thin before seldom does.
 */
const LEAVE_AFTER_MS = 900;
const DOWN_AFTER_MS = 400;
const UP_AFTER_MS = 700;
/** Rungs change once a second at most; a little over it, as clocks differ. In milliseconds. */
const HOLD_MS = 1050;

/**
 * Decides, for one viewer, which rung of a ladder its link carries, and when the next picture may go out so that none gets
 * old on its way. It is told what is sent and what waits. Times are in milliseconds of a clock that never goes back.
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

  /** The rung to stand on. */
  get rung(): number {
    return this.#rung;
  }

  /** Bytes that wait for the link. */
  waitingAt(now: number): number {
    return this.#estimator.waitingAt(now);
  }

  /** A new picture is there to be sent. */
  offered(now: number): void {
    this.#deliveryRatio.offered(now);
  }

  /**
   * Whether a picture of so many bytes may go out now: once what waits is less than half of it, which keeps the link at work and
   * what it carries fresh.
   */
  isReady(now: number, bytes: number): boolean {
    return this.#estimator.waitingAt(now) <= bytes / 2;
  }

  /** A picture of so many bytes goes out, `ageMs` after its capture. */
  sent(now: number, bytes: number, ageMs: number): void {
    this.#deliveryRatio.sent(now);
    this.#estimator.send(now, bytes);
    this.#deliveryLag.sent(this.#estimator.sent, now - ageMs);
  }

  /** How the link stands at this moment. */
  sample(now: number, link: LinkState): void {
    this.#estimator.sample(now, link);
    const waiting = Math.max(link.queued + link.inFlight, this.#estimator.waitingAt(now));
    this.#deliveryLag.delivered(now, this.#estimator.sent - waiting);
  }

  /** A rung cannot be had now; another is kept instead. */
  refused(rung: number, instead: number, now: number): void {
    this.#probeBackoff.refused(rung, now);
    this.#change(instead, now);
  }

  /** Thinks the rung over, and gives it. */
  decide(now: number): number {
    if (now - this.#decidedAt < DECIDE_EVERY_MS) return this.#rung;
    this.#decidedAt = now;
    const fps = this.#options.sourceFps();
    const below = this.#rungBelow(fps, now);
    const isTooSlow = below !== undefined && (this.#isLate(now) || (this.#isForEveryFrame && this.#isShort(fps)));
    const above = this.#rung - 1;
    const isFastEnough = above >= 0 && this.#mayTry(above, fps, now) && this.#carries(above, fps, USABLE_ABOVE);
    this.#tooSlowSince = isTooSlow ? (this.#tooSlowSince ?? now) : undefined;
    this.#fastEnoughSince = isFastEnough ? (this.#fastEnoughSince ?? now) : undefined;
    if (now - this.#changedAt < HOLD_MS) return this.#rung;
    if (below !== undefined && isSince(this.#tooSlowSince, now, this.#rung === 0 ? LEAVE_AFTER_MS : DOWN_AFTER_MS)) {
      this.#probeBackoff.left(this.#rung, now);
      this.#change(below, now);
    } else if (isSince(this.#fastEnoughSince, now, UP_AFTER_MS)) {
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
    // What went out of the rung before says nothing of this one.
    this.#deliveryRatio.reset();
  }

  /** Where to go from a rung that the link does not carry: the first below that it does, else the last; undefined if it does. */
  #rungBelow(fps: number, now: number): number | undefined {
    if (this.#carries(this.#rung, fps, USABLE)) return undefined;
    const rungs = Array.from({ length: RUNG_COUNT - this.#rung - 1 }, (_, index) => this.#rung + 1 + index);
    const open = rungs.filter((rung) => !this.#probeBackoff.isRefused(rung, now));
    return open.find((rung) => this.#carries(rung, fps, USABLE)) ?? open.at(-1);
  }

  #mayTry(rung: number, fps: number, now: number): boolean {
    return this.#probeBackoff.mayProbe(rung, now, this.#carries(rung, fps, USABLE_ABOVE / PLENTY));
  }

  #carries(rung: number, fps: number, usable: number): boolean {
    return this.#demand.isMet(rung, fps, this.#estimator.rate, usable);
  }

  /** Whether too few go out of the pictures that should. */
  #isShort(fps: number): boolean {
    return this.#deliveryRatio.isBelow((ENOUGH * this.#demand.fpsAt(this.#rung, fps)) / fps);
  }

  #isLate(now: number): boolean {
    return this.#deliveryLag.lagMs(now) > LATE * this.#maxLatencyMs;
  }
}

function isSince(time: number | undefined, now: number, ms: number): boolean {
  return time !== undefined && now - time >= ms;
}
