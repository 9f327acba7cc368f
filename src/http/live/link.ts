import type { LinkState } from "../../abr/link-estimator.ts";
import type { InFlightFrame } from "./flights.ts";

/** So much later it is past the end of the way, however sums are rounded; in milliseconds. */
const A_MOMENT_MS = 0.001;

/** How a link stood at a moment. */
export interface LinkSample {
  /** In milliseconds of a clock that never goes back. */
  readonly at: number;
  readonly state: LinkState;
}

/**
 * How a link stands by what is known of one subscription's pictures: when each was sent, and when it had arrived. What is seen only
 * now may have begun before: from the moment on at which a picture has been under way for as long as the way is, it waits for the link.
 */
export class SubscriptionLink {
  /** What has not arrived, in the order it was sent. */
  readonly #inFlight: InFlightFrame[] = [];
  #bytes = 0;
  #sampledAt = Number.NEGATIVE_INFINITY;
  /** The shortest time from a picture to the news that it has arrived, in milliseconds: the way is no longer than that. */
  #shortestMs = Number.POSITIVE_INFINITY;

  readonly #measuredMs: () => number;

  /** `rttMs` is how long the way to the client and back was measured to be, in milliseconds; 0 while that is not known. */
  constructor(rttMs: () => number) {
    this.#measuredMs = rttMs;
  }

  /** A picture goes out. */
  sent(frame: InFlightFrame): void {
    this.#inFlight.push(frame);
    this.#bytes += frame.bytes;
  }

  /**
   * The picture of this order, and all before it of the connection, have arrived. Gives what there is to know of the time until then and
   * of now.
   */
  delivered(order: number, now: number): LinkSample[] {
    const samples = this.#sinceLastSample(now);
    while (this.#inFlight[0] !== undefined && this.#inFlight[0].order <= order) {
      const { at, bytes } = this.#inFlight.shift() as InFlightFrame;
      this.#bytes -= bytes;
      this.#shortestMs = Math.min(this.#shortestMs, now - at);
    }
    return [...samples, this.#sampleAt(now)];
  }

  /** What there is to know of the time since it was looked at last, and of now. */
  sample(now: number): LinkSample[] {
    return [...this.#sinceLastSample(now), this.#sampleAt(now)];
  }

  #sinceLastSample(now: number): LinkSample[] {
    const [oldest] = this.#inFlight;
    const waitsFrom = (oldest?.at ?? now) + this.#rttMs + A_MOMENT_MS;
    return waitsFrom > this.#sampledAt && waitsFrom < now ? [this.#sampleAt(waitsFrom)] : [];
  }

  #sampleAt(at: number): LinkSample {
    this.#sampledAt = at;
    return { at, state: { queued: 0, inFlight: this.#bytes, rttMs: this.#rttMs } };
  }

  /** A picture takes longer than the way, and on a thin link many times as long: that only bounds what was measured of a busy client. */
  get #rttMs(): number {
    const measuredMs = this.#measuredMs();
    const shortestMs = Math.min(measuredMs > 0 ? measuredMs : Number.POSITIVE_INFINITY, this.#shortestMs);
    return shortestMs === Number.POSITIVE_INFINITY ? 0 : shortestMs;
  }
}
