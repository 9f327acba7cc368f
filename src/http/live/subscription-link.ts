import type { LinkState } from "../../abr/link-estimator.ts";
import type { InFlightFrame, InFlightLedger } from "./in-flight-ledger.ts";

/** Past the end of the round trip, however sums are rounded. */
const A_MOMENT_MS = 0.001;

export interface LinkSample {
  readonly at: number;
  readonly state: LinkState;
}

/**
 * Samples a connection's link by the frames of one subscription. A sample may be in the past: a
 * frame waits for the link once it was in flight for one rtt.
 */
export class SubscriptionLink {
  readonly #owner: object;
  readonly #ledger: InFlightLedger;
  readonly #measuredRttMs: () => number;
  readonly #from: number;
  #sampledAt = Number.NEGATIVE_INFINITY;
  /** From a frame to its delivery: bounds the rtt. */
  #shortestMs = Number.POSITIVE_INFINITY;

  /** @param measuredRttMs 0 before the first ping. */
  constructor(owner: object, ledger: InFlightLedger, measuredRttMs: () => number) {
    this.#owner = owner;
    this.#ledger = ledger;
    this.#from = ledger.order;
    this.#measuredRttMs = measuredRttMs;
  }

  /** Returns samples since the last one. */
  sample(now: number): LinkSample[] {
    return [...this.#sinceLastSample(now, []), this.#sampleAt(now, [])];
  }

  /** Returns samples as `sample` does. */
  delivered(frames: readonly InFlightFrame[], now: number): LinkSample[] {
    const own = frames.filter(({ owner, order }) => owner === this.#owner && order > this.#from);
    const samples = this.#sinceLastSample(now, own);
    for (const { at } of own) this.#shortestMs = Math.min(this.#shortestMs, now - at);
    return [...samples, this.#sampleAt(now, [])];
  }

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

  /** Corrects pings of a busy client: a frame takes longer than the rtt. */
  get #rttMs(): number {
    const measuredMs = this.#measuredRttMs();
    const shortestMs = Math.min(measuredMs > 0 ? measuredMs : Number.POSITIVE_INFINITY, this.#shortestMs);
    return shortestMs === Number.POSITIVE_INFINITY ? 0 : shortestMs;
  }
}
