import type { Ladder } from "../transform/ladder.ts";
import type { Rendition } from "../transform/rendition.ts";
import { AbrController, type LinkStatus } from "./abr-controller.ts";
import type { LinkState } from "./link-estimator.ts";

export interface RenditionSelectorOptions {
  /** How old frames may get on their way. @default 500 */
  readonly maxLatencyMs?: number | undefined;
  /** As in `AbrControllerOptions`. @default true */
  readonly isForEveryFrame?: boolean;
}

/** What to show a viewer. */
export interface Selection {
  readonly rung: number;
  readonly rendition: Rendition;
}

/**
 * Selects, for one viewer, the rendition of a ladder that its link carries. Shared by streams,
 * which know their socket's link, and by `/live`, which knows it by its pings.
 */
export class RenditionSelector {
  /** May be replaced, such as for another tile; the rung stays. */
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

  /** The rung that the link carries. */
  get rung(): number {
    return this.#controller.rung;
  }

  /**
   * Returns the rendition of the rung; of `fallback`, if too many transforms are in use.
   * @throws VariantLimitError if there is no room for the fallback either.
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

  /** Counts a frame to be sent, unless its seq was counted already; undefined for a placeholder. */
  offered(seq: number | undefined, now: number): void {
    if (seq === undefined || seq <= this.#newestSeq) return;
    this.#newestSeq = seq;
    this.#controller.offered(now);
  }

  /** Returns the bytes that wait for the link. */
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

  /** Decides on the rung. Returns true if it changed. */
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
