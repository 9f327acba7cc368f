import type { Ladder } from "../transform/ladder.ts";
import type { Rendition } from "../transform/rendition.ts";
import { AbrController, type LinkStatus } from "./abr-controller.ts";
import type { LinkState } from "./link-estimator.ts";

export interface RenditionSelectorOptions {
  /** @default 500 */
  readonly maxLatencyMs?: number | undefined;
  /** @default true */
  readonly isForEveryFrame?: boolean;
}

export interface Selection {
  readonly rung: number;
  readonly rendition: Rendition;
}

/** Selects, for one viewer, the rendition of a ladder that its link carries. */
export class RenditionSelector {
  /** May be replaced, such as for another tile. */
  ladder: Ladder;
  readonly #controller: AbrController;
  #newestSeq = -1;

  constructor(ladder: Ladder, options: RenditionSelectorOptions) {
    this.ladder = ladder;
    this.#controller = new AbrController({
      bytesAt: (rung) => this.ladder.bytesAt(rung),
      sourceFps: () => this.ladder.fps,
      ...options,
    });
  }

  get rung(): number {
    return this.#controller.rung;
  }

  /**
   * Goes to `fallback` if too many transforms are in use. @throws VariantLimitError if there is no
   * room for that either.
   */
  select(now: number, fallback = 0): Selection {
    const { rung } = this;
    try {
      return { rung, rendition: this.ladder.renditionAt(rung) };
    } catch (error) {
      if (rung === fallback) throw error;
      this.refused(rung, fallback, now);
      return { rung: fallback, rendition: this.ladder.renditionAt(fallback) };
    }
  }

  /** Counts each seq once; undefined for a placeholder. */
  offered(seq: number | undefined, now: number): void {
    if (seq === undefined || seq <= this.#newestSeq) return;
    this.#newestSeq = seq;
    this.#controller.offered(now);
  }

  waitingAt(now: number): number {
    return this.#controller.waitingAt(now);
  }

  isReady(now: number, bytes: number): boolean {
    return this.#controller.isReady(now, bytes);
  }

  sent(now: number, bytes: number, ageMs: number): void {
    this.#controller.sent(now, bytes, ageMs);
  }

  sample(now: number, link: LinkState): void {
    this.#controller.sample(now, link);
  }

  /** Returns true if the rung changed. */
  decide(now: number): boolean {
    const before = this.rung;
    return this.#controller.decide(now) !== before;
  }

  /** Goes to `fallback`: there is no room for a rung. */
  refused(rung: number, fallback: number, now: number): void {
    this.#controller.refused(rung, fallback, now);
  }

  status(now: number): LinkStatus {
    return this.#controller.status(now);
  }
}
