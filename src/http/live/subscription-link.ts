import type { LinkState } from "../../abr/link-estimator.ts";
import type { InFlightFrame, InFlightLedger } from "./in-flight-ledger.ts";

/** Past the end of the round trip, however sums are rounded. */
const A_MOMENT_MS = 0.001;

/** How a link stood at a moment. */
export interface LinkSample {
  /** Of a monotonic clock. */
  readonly at: number;
  readonly state: LinkState;
}

/**
 * Samples the link of a connection by the frames of one subscription. A sample may be in the
 * past: a frame waits for the link from the moment on at which it was in flight for one rtt.
 */
export class SubscriptionLink {
  readonly #owner: object;
  readonly #ledger: InFlightLedger;
  readonly #measuredRttMs: () => number;
  /** Frames up to this order are of the time before. */
  readonly #from: number;
  #sampledAt = Number.NEGATIVE_INFINITY;
  /** The shortest time from a frame to the news of its delivery, which bounds the rtt. */
  #shortestMs = Number.POSITIVE_INFINITY;

  /** @param measuredRttMs the rtt as pings measured it; 0 before the first. */
  constructor(owner: object, ledger: InFlightLedger, measuredRttMs: () => number) {
    this.#owner = owner;
    this.#ledger = ledger;
    this.#from = ledger.order;
    this.#measuredRttMs = measuredRttMs;
  }

  /** Returns samples of the time since the last one, and of now. */
  sample(now: number): LinkSample[] {
    return [...this.#sinceLastSample(now, []), this.#sampleAt(now, [])];
  }

  /**
   * Takes in which frames of the connection were delivered just now. Returns samples as `sample`
   * does.
   */
  delivered(frames: readonly InFlightFrame[], now: number): LinkSample[] {
    const own = frames.filter(({ owner, order }) => owner === this.#owner && order > this.#from);
    const samples = this.#sinceLastSample(now, own);
    for (const { at } of own) this.#shortestMs = Math.min(this.#shortestMs, now - at);
    return [...samples, this.#sampleAt(now, [])];
  }

  /** @param delivered frames that were in flight until now. */
  #sinceLastSample(now: number, delivered: readonly InFlightFrame[]): LinkSample[] {
    const oldest = delivered[0] ?? this.#undelivered[0];
    const waitsFrom = (oldest?.at ?? now) + this.#rttMs + A_MOMENT_MS;
    return waitsFrom > this.#sampledAt && waitsFrom < now ? [this.#sampleAt(waitsFrom, delivered)] : [];
  }

  #sampleAt(at: number, delivered: readonly InFlightFrame[]): LinkSample {
    this.#sampledAt = at;
    let inFlight = 0;
    for (const { bytes } of delivered) inFlight += bytes;
    for (const { bytes } of this.#undelivered) inFlight += bytes;
    return { at, state: { queued: 0, inFlight, rttMs: this.#rttMs } };
  }

  get #undelivered(): readonly InFlightFrame[] {
    return this.#ledger.undelivered(this.#owner, this.#from);
  }

  /**
   * A frame takes longer than the rtt, on a thin link many times: it corrects pings of a busy
   * client.
   */
  get #rttMs(): number {
    const measuredMs = this.#measuredRttMs();
    const shortestMs = Math.min(measuredMs > 0 ? measuredMs : Number.POSITIVE_INFINITY, this.#shortestMs);
    return shortestMs === Number.POSITIVE_INFINITY ? 0 : shortestMs;
  }
}
