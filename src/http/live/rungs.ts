import { AbrController } from "../../abr/abr-controller.ts";
import type { Ladder } from "../../transform/ladder.ts";
import type { Part } from "../streaming/multipart.ts";
import type { InFlightFrame } from "./flights.ts";
import { type LinkSample, SubscriptionLink } from "./link.ts";
import {
  type LiveRendition,
  ladderFor,
  ladderWithoutTile,
  type RenditionSources,
  renditionAt,
  type SubscriptionRequest,
} from "./subscription-request.ts";

/**
 * On which rung of what suits its request one subscription stands, by when what it sent has arrived: pongs tell, which a browser sends while
 * it is busy painting. What is slow to paint is no thin link, and encodes for it would take the little time that there is on a small
 * server. So, too, a rung is left only once pictures are late, and not when some are missed.
 */
export class RenditionSelector {
  readonly #sources: RenditionSources;
  readonly #rttMs: () => number;
  #link: SubscriptionLink;
  #request: SubscriptionRequest;
  #ladder: Ladder;
  #rung = 0;
  #controller: AbrController | undefined;
  #newestSeq = -1;

  /** `rttMs` is how long the way to the client and back is, in milliseconds; 0 while that is not known. */
  constructor(request: SubscriptionRequest, sources: RenditionSources, rttMs: () => number) {
    this.#sources = sources;
    this.#rttMs = rttMs;
    this.#link = new SubscriptionLink(rttMs);
    this.#request = request;
    this.#ladder = ladderWithoutTile(request, sources);
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
  change(request: SubscriptionRequest): void {
    const isSame = request.camera === this.#request.camera && request.maxLatencyMs === this.#request.maxLatencyMs;
    this.#request = request;
    if (!isSame) this.#begin();
  }

  /** What suits the request best now. Throws a VariantLimitError when what its query asks for is refused. */
  choose(): LiveRendition {
    this.#ladder = ladderFor(this.#request, this.#sources);
    try {
      return renditionAt(this.#ladder, this.#rung, this.#sources);
    } catch (error) {
      if (this.#rung === 0) throw error;
      this.#controller?.refused(this.#rung, 0, performance.now());
      this.#rung = 0;
      return renditionAt(this.#ladder, 0, this.#sources);
    }
  }

  /** What the request's query alone asks for. Throws as `choose` does. */
  withoutTile(): LiveRendition {
    return renditionAt(ladderWithoutTile(this.#request, this.#sources), 0, this.#sources);
  }

  /** A part is there to be sent. True when it is time to choose anew. */
  offered({ frame }: Part): boolean {
    const controller = this.#controller;
    if (controller === undefined) return false;
    const now = performance.now();
    this.#update(this.#link.sample(now));
    if (frame !== undefined && frame.seq > this.#newestSeq) {
      this.#newestSeq = frame.seq;
      controller.offered(now);
    }
    const before = this.#rung;
    this.#rung = controller.decide(now);
    return this.#rung !== before;
  }

  sent(frame: InFlightFrame): void {
    if (this.#controller === undefined) return;
    this.#update(this.#link.sample(frame.at));
    this.#link.sent(frame);
    this.#controller.sent(frame.at, frame.bytes, frame.ageMs);
  }

  /** The picture of this order, and all before it of the connection, have arrived. */
  delivered(order: number): void {
    this.#update(this.#link.delivered(order, performance.now()));
  }

  #begin(): void {
    const { maxLatencyMs } = this.#request;
    this.#rung = 0;
    this.#newestSeq = -1;
    this.#link = new SubscriptionLink(this.#rttMs);
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

  #update(samples: readonly LinkSample[]): void {
    for (const { at, state } of samples) this.#controller?.sample(at, state);
  }
}
