import { RenditionSelector } from "../../abr/rendition-selector.ts";
import type { Ladder } from "../../transform/ladder.ts";
import type { Part } from "../streaming/multipart.ts";
import type { Viewer } from "../streaming/viewer.ts";
import type { InFlightFrame, OutgoingFrame } from "./in-flight-ledger.ts";
import type { SendWindow } from "./send-window.ts";
import { type LinkSample, SubscriptionLink } from "./subscription-link.ts";
import {
  type LiveRendition,
  ladderFor,
  ladderWithoutTile,
  plainRendition,
  type RenditionSources,
  type SubscriptionRequest,
  selectedRendition,
} from "./subscription-request.ts";

export interface SubscriptionRenditionOptions extends RenditionSources {
  readonly owner: object;
  readonly window: SendWindow;
}

/**
 * Chooses a subscription's size by its tile, and its rung by its link. Pongs measure the link, even
 * while a browser paints: a client that is slow to paint has no thin link, so a rung is left only
 * when frames are late.
 */
export class SubscriptionRendition {
  readonly #options: SubscriptionRenditionOptions;
  #request: SubscriptionRequest;
  #link: SubscriptionLink;
  #ladder: Ladder;
  #selector: RenditionSelector | undefined;

  constructor(request: SubscriptionRequest, options: SubscriptionRenditionOptions) {
    this.#options = options;
    this.#request = request;
    this.#link = this.#createLink();
    this.#ladder = ladderWithoutTile(request, options);
    this.#selector = this.#createSelector();
  }

  get rung(): number | null {
    return this.#selector?.rung ?? null;
  }

  reportTo(viewer: Viewer): void {
    viewer.adapts(() => ({
      rung: this.rung,
      rate: this.#selector?.status(performance.now()).rate ?? null,
      lagMs: viewer.lagMs(performance.now()),
      variant: viewer.variant,
    }));
  }

  change(request: SubscriptionRequest): void {
    const isSame = request.camera === this.#request.camera && request.maxLatencyMs === this.#request.maxLatencyMs;
    this.#request = request;
    if (isSame) return;
    this.#link = this.#createLink();
    this.#selector = this.#createSelector();
  }

  /** @throws VariantLimitError if its query is refused. */
  choose(): LiveRendition {
    this.#ladder = ladderFor(this.#request, this.#options);
    if (this.#selector === undefined) return plainRendition(this.#ladder, this.#options);
    this.#selector.ladder = this.#ladder;
    return selectedRendition(this.#ladder, this.#selector.select(performance.now()), this.#options);
  }

  /** Throws as `choose` does. */
  withoutTile(): LiveRendition {
    return plainRendition(ladderWithoutTile(this.#request, this.#options), this.#options);
  }

  /** Returns true if it is time to choose again. */
  offered({ frame }: Part): boolean {
    if (this.#selector === undefined) return false;
    const now = performance.now();
    this.#take(this.#link.sample(now));
    this.#selector.offered(frame?.seq, now);
    return this.#selector.decide(now);
  }

  /** Call it before the frame is in the ledger. */
  sending({ at, bytes, ageMs }: OutgoingFrame): void {
    if (this.#selector === undefined) return;
    this.#take(this.#link.sample(at));
    this.#selector.sent(at, bytes, ageMs);
  }

  delivered(frames: readonly InFlightFrame[]): void {
    this.#take(this.#link.delivered(frames, performance.now()));
  }

  #createLink(): SubscriptionLink {
    const { owner, window } = this.#options;
    return new SubscriptionLink(owner, window.ledger, () => window.rttMs);
  }

  #createSelector(): RenditionSelector | undefined {
    const { maxLatencyMs } = this.#request;
    if (maxLatencyMs === undefined) return undefined;
    return new RenditionSelector(this.#ladder, { maxLatencyMs, isForEveryFrame: false });
  }

  #take(samples: readonly LinkSample[]): void {
    for (const { at, state } of samples) this.#selector?.sample(at, state);
  }
}
