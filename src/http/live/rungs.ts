import { AbrController } from "../../abr/abr-controller.ts";
import type { Ladder } from "../../transform/ladder.ts";
import type { Part } from "../streaming/multipart.ts";
import type { Flight } from "./flights.ts";
import { type LinkLook, LiveLink } from "./link.ts";
import { type Granting, type LiveWatched, ladderFor, ladderWithoutTile, type Wish, watchedAt } from "./wish.ts";

/**
 * On which rung of what suits its wish one subscription stands, by when what it sent has arrived: pongs tell, which a browser sends while
 * it is busy painting. What is slow to paint is no thin link, and encodes for it would take the little time that there is on a small
 * server. So, too, a rung is left only once pictures are late, and not when some are missed.
 */
export class LiveRungs {
  readonly #granting: Granting;
  readonly #wayMs: () => number;
  #link: LiveLink;
  #wish: Wish;
  #ladder: Ladder;
  #rung = 0;
  #controller: AbrController | undefined;
  #newestSeq = -1;

  /** `wayMs` is how long the way to the client and back is, in milliseconds; 0 while that is not known. */
  constructor(wish: Wish, granting: Granting, wayMs: () => number) {
    this.#granting = granting;
    this.#wayMs = wayMs;
    this.#link = new LiveLink(wayMs);
    this.#wish = wish;
    this.#ladder = ladderWithoutTile(wish, granting);
    this.#begin();
  }

  /** Null where it does not adapt. */
  get rung(): number | null {
    return this.#controller === undefined ? null : this.#rung;
  }

  /** What the link carries for this subscription, in bytes a second; null while that cannot be told. */
  get rate(): number | null {
    return this.#controller?.status(performance.now()).rate ?? null;
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
      this.#controller?.refused(this.#rung, 0, performance.now());
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
    const controller = this.#controller;
    if (controller === undefined) return false;
    const now = performance.now();
    this.#looked(this.#link.look(now));
    if (frame !== undefined && frame.seq > this.#newestSeq) {
      this.#newestSeq = frame.seq;
      controller.offered(now);
    }
    const before = this.#rung;
    this.#rung = controller.decide(now);
    return this.#rung !== before;
  }

  sent(flight: Flight): void {
    if (this.#controller === undefined) return;
    this.#looked(this.#link.look(flight.at));
    this.#link.sent(flight);
    this.#controller.sent(flight.at, flight.bytes, flight.ageMs);
  }

  /** The picture of this order, and all before it of the connection, have arrived. */
  arrived(order: number): void {
    this.#looked(this.#link.arrived(order, performance.now()));
  }

  #begin(): void {
    const { maxLatencyMs } = this.#wish;
    this.#rung = 0;
    this.#newestSeq = -1;
    this.#link = new LiveLink(this.#wayMs);
    this.#controller =
      maxLatencyMs === undefined
        ? undefined
        : new AbrController({
            bytesAt: (rung) => this.#ladder.bytesAt(rung),
            sourceFps: () => this.#ladder.fps,
            maxLatencyMs,
            isForEveryFrame: false,
          });
  }

  #looked(looks: readonly LinkLook[]): void {
    for (const { at, state } of looks) this.#controller?.sample(at, state);
  }
}
