import { Adaptation } from "../variants/adaptation.ts";
import type { Ladder } from "../variants/ladder.ts";
import type { Flight } from "./live-flights.ts";
import { type Granting, type LiveWatched, ladderFor, ladderWithoutTile, type Wish, watchedAt } from "./live-wish.ts";
import type { Part } from "./multipart.ts";

/**
 * On which rung of what suits its wish one subscription stands, by when what it sent has arrived: pongs tell, which a browser sends while
 * it is busy painting. What is slow to paint is no thin link, and encodes for it would take the little time that there is on a small
 * server. So, too, a rung is left only once pictures are late, and not when some are missed.
 */
export class LiveRungs {
  readonly #granting: Granting;
  /** What has not arrived. */
  readonly #underWay: Flight[] = [];
  #wish: Wish;
  #ladder: Ladder;
  #rung = 0;
  #adaptation: Adaptation | undefined;
  /** The shortest time from a picture to the news that it has arrived, in milliseconds. */
  #shortestMs = Number.POSITIVE_INFINITY;
  #newestSeq = -1;

  constructor(wish: Wish, granting: Granting) {
    this.#granting = granting;
    this.#wish = wish;
    this.#ladder = ladderWithoutTile(wish, granting);
    this.#begin();
  }

  /** Null where it does not adapt. */
  get rung(): number | null {
    return this.#adaptation === undefined ? null : this.#rung;
  }

  /** What the link carries for this subscription, in bytes a second; null while that cannot be told. */
  get rate(): number | null {
    return this.#adaptation?.status(performance.now()).rate ?? null;
  }

  /** Something else is wished for. */
  change(wish: Wish): void {
    const isSame = wish.camera === this.#wish.camera && wish.maxLatencyMs === this.#wish.maxLatencyMs;
    this.#wish = wish;
    if (!isSame) this.#begin();
  }

  /** What suits the wish best now. Throws a VariantLimitError when what its query asks for is refused. */
  choose(): LiveWatched {
    this.#ladder = ladderFor(this.#wish, this.#granting);
    try {
      return watchedAt(this.#ladder, this.#rung, this.#granting);
    } catch (error) {
      if (this.#rung === 0) throw error;
      this.#adaptation?.refused(this.#rung, 0, performance.now());
      this.#rung = 0;
      return watchedAt(this.#ladder, 0, this.#granting);
    }
  }

  /** What the wish's query alone asks for. Throws as `choose` does. */
  withoutTile(): LiveWatched {
    return watchedAt(ladderWithoutTile(this.#wish, this.#granting), 0, this.#granting);
  }

  /** A part is there to be sent. True when it is time to choose anew. */
  offered({ frame }: Part): boolean {
    const adaptation = this.#adaptation;
    if (adaptation === undefined) return false;
    const now = performance.now();
    this.#look(now);
    if (frame !== undefined && frame.seq > this.#newestSeq) {
      this.#newestSeq = frame.seq;
      adaptation.offered(now);
    }
    const before = this.#rung;
    this.#rung = adaptation.decide(now);
    return this.#rung !== before;
  }

  sent(flight: Flight): void {
    if (this.#adaptation === undefined) return;
    this.#underWay.push(flight);
    this.#adaptation.sent(flight.at, flight.bytes, flight.ageMs);
    this.#look(flight.at);
  }

  /** The picture of this order, and all before it of the connection, have arrived. */
  arrived(order: number): void {
    const now = performance.now();
    while (this.#underWay[0] !== undefined && this.#underWay[0].order <= order) {
      this.#shortestMs = Math.min(this.#shortestMs, now - this.#underWay[0].at);
      this.#underWay.shift();
    }
    this.#look(now);
  }

  #begin(): void {
    const { maxLatencyMs } = this.#wish;
    this.#rung = 0;
    this.#newestSeq = -1;
    this.#underWay.length = 0;
    this.#adaptation =
      maxLatencyMs === undefined
        ? undefined
        : new Adaptation({
            bytesAt: (rung) => this.#ladder.bytesAt(rung),
            sourceFps: () => this.#ladder.fps,
            maxLatencyMs,
            isForEveryPicture: false,
          });
  }

  #look(now: number): void {
    const inFlight = this.#underWay.reduce((sum, { bytes }) => sum + bytes, 0);
    const roundTripMs = this.#shortestMs === Number.POSITIVE_INFINITY ? 0 : this.#shortestMs;
    this.#adaptation?.looked(now, { queued: 0, inFlight, roundTripMs });
  }
}
