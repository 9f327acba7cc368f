import { Adaptation } from "../variants/adaptation.ts";
import type { Ladder } from "../variants/ladder.ts";
import type { Flight, LiveFlights } from "./live-flights.ts";
import type { Watched } from "./live-watch.ts";
import { type Granting, ladderFor, ladderWithoutTile, type Wish, watchedAt } from "./live-wish.ts";
import type { Part } from "./multipart.ts";

/**
 * On which rung of what suits its wish one subscription stands, by what its client acknowledges. A rung is left only once pictures are
 * late: how many come is for the client to say too, which may be slow to paint them, and then encodes would help it little.
 */
export class LiveRungs {
  readonly #granting: Granting;
  readonly #flights: LiveFlights;
  #wish: Wish;
  #ladder: Ladder;
  #rung = 0;
  #adaptation: Adaptation | undefined;
  /** The shortest time that an acknowledgement took, in milliseconds: of the way there and back, and of a paint. */
  #shortestMs = Number.POSITIVE_INFINITY;
  #newestSeq = -1;

  constructor(wish: Wish, flights: LiveFlights, granting: Granting) {
    this.#granting = granting;
    this.#flights = flights;
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
  choose(): Watched {
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
  withoutTile(): Watched {
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

  sent({ bytes, at, ageMs }: Flight): void {
    this.#adaptation?.sent(at, bytes, ageMs);
    this.#look(at);
  }

  acknowledged(has: readonly Flight[]): void {
    const now = performance.now();
    for (const { at } of has) this.#shortestMs = Math.min(this.#shortestMs, now - at);
    this.#look(now);
  }

  #begin(): void {
    const { maxLatencyMs } = this.#wish;
    this.#rung = 0;
    this.#newestSeq = -1;
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
    const inFlight = this.#flights.sentBytes - this.#flights.acknowledgedBytes;
    const roundTripMs = this.#shortestMs === Number.POSITIVE_INFINITY ? 0 : this.#shortestMs;
    this.#adaptation?.looked(now, { queued: 0, inFlight, roundTripMs });
  }
}
