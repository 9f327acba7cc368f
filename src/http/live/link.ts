import type { LinkState } from "../../abr/link-estimator.ts";
import type { Flight } from "./flights.ts";

/** So much later it is past the end of the way, however sums are rounded; in milliseconds. */
const A_MOMENT_MS = 0.001;

/** How a link stood at a moment. */
export interface LinkLook {
  /** In milliseconds of a clock that never goes back. */
  readonly at: number;
  readonly state: LinkState;
}

/**
 * How a link stands by what is known of one subscription's pictures: when each was sent, and when it had arrived. What is seen only
 * now may have begun before: from the moment on at which a picture has been under way for as long as the way is, it waits for the link.
 */
export class LiveLink {
  /** What has not arrived, in the order it was sent. */
  readonly #inFlight: Flight[] = [];
  #bytes = 0;
  #lookedAt = Number.NEGATIVE_INFINITY;
  /** The shortest time from a picture to the news that it has arrived, in milliseconds: the way is no longer than that. */
  #shortestMs = Number.POSITIVE_INFINITY;

  readonly #measuredMs: () => number;

  /** `wayMs` is how long the way to the client and back was measured to be, in milliseconds; 0 while that is not known. */
  constructor(wayMs: () => number) {
    this.#measuredMs = wayMs;
  }

  /** A picture goes out. */
  sent(flight: Flight): void {
    this.#inFlight.push(flight);
    this.#bytes += flight.bytes;
  }

  /**
   * The picture of this order, and all before it of the connection, have arrived. Gives what there is to know of the time until then and
   * of now.
   */
  arrived(order: number, now: number): LinkLook[] {
    const looks = this.#sinceLastLook(now);
    while (this.#inFlight[0] !== undefined && this.#inFlight[0].order <= order) {
      const { at, bytes } = this.#inFlight.shift() as Flight;
      this.#bytes -= bytes;
      this.#shortestMs = Math.min(this.#shortestMs, now - at);
    }
    return [...looks, this.#lookAt(now)];
  }

  /** What there is to know of the time since it was looked at last, and of now. */
  look(now: number): LinkLook[] {
    return [...this.#sinceLastLook(now), this.#lookAt(now)];
  }

  #sinceLastLook(now: number): LinkLook[] {
    const [oldest] = this.#inFlight;
    const waitsFrom = (oldest?.at ?? now) + this.#wayMs + A_MOMENT_MS;
    return waitsFrom > this.#lookedAt && waitsFrom < now ? [this.#lookAt(waitsFrom)] : [];
  }

  #lookAt(at: number): LinkLook {
    this.#lookedAt = at;
    return { at, state: { queued: 0, inFlight: this.#bytes, rttMs: this.#wayMs } };
  }

  /** A picture takes longer than the way, and on a thin link many times as long: that only bounds what was measured of a busy client. */
  get #wayMs(): number {
    const measuredMs = this.#measuredMs();
    const shortestMs = Math.min(measuredMs > 0 ? measuredMs : Number.POSITIVE_INFINITY, this.#shortestMs);
    return shortestMs === Number.POSITIVE_INFINITY ? 0 : shortestMs;
  }
}
