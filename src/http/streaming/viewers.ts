import { Slots, type SlotsOptions } from "../../net/slots.ts";
import type { Histogram } from "../../util/histogram.ts";
import type { Refusals } from "../limits/refusals.ts";
import { LimitError, takeSlot } from "../limits/take-slot.ts";
import { HttpError } from "../shared/http-error.ts";
import { Viewer, type ViewerDetails } from "./viewer.ts";
import type { ViewerStatus } from "./viewer-status.ts";
import { type Taken, ViewerTotals } from "./viewer-totals.ts";

/** Holds all viewers over HTTP, and their limit. */
export class Viewers {
  readonly #places: Slots;
  readonly #onLimitReached: Refusals["reached"];
  readonly #viewers = new Map<Viewer, () => void>();
  readonly #totals = new Map<string, ViewerTotals>();
  #count = 0;
  #refused = 0;

  /** Without `room`, one address may take all slots. */
  constructor(max: number, room: Partial<SlotsOptions> = {}, onLimitReached: Refusals["reached"] = () => {}) {
    const onGivenUp = (address: string) => onLimitReached("viewers-given-up", address);
    this.#places = new Slots({ max, perAddress: max, ...room, onEvicted: onGivenUp });
    this.#onLimitReached = onLimitReached;
  }

  /**
   * `giveUp` ends the viewer if its slot is given away. @throws HttpError with `Retry-After` at a
   * limit: 503, or 429 for that of an address.
   */
  admit(details: ViewerDetails, giveUp: () => void): Viewer {
    const leave = this.#takePlace(details.address, giveUp);
    const viewer = new Viewer(++this.#count, details, this.#totalsOf(details.camera).ages);
    this.#viewers.set(viewer, leave);
    return viewer;
  }

  remove(viewer: Viewer): void {
    this.#viewers.get(viewer)?.();
    if (this.#viewers.delete(viewer)) this.#totals.get(viewer.camera)?.keep(viewer);
  }

  get room(): SlotsOptions {
    return this.#places;
  }

  get refused(): number {
    return this.#refused;
  }

  totals(camera: string): Taken & { readonly ages: Histogram } {
    const totals = this.#totalsOf(camera);
    const here = [...this.#viewers.keys()].filter((viewer) => viewer.camera === camera);
    return { ...totals.taken(here), ages: totals.ages };
  }

  count(camera: string): number {
    let count = 0;
    for (const viewer of this.#viewers.keys()) if (viewer.camera === camera) count++;
    return count;
  }

  /** In order of arrival. */
  status(camera: string): ViewerStatus[] {
    return [...this.#viewers.keys()].filter((viewer) => viewer.camera === camera).map((viewer) => viewer.status());
  }

  #takePlace(address: string, giveUp: () => void): () => void {
    try {
      return takeSlot(this.#places, address, { limit: "viewers", what: "viewers", giveUp });
    } catch (error) {
      if (!(error instanceof LimitError)) throw error;
      this.#refused++;
      this.#onLimitReached(error.limit, address);
      // Told here: clients of `/live` get no HTTP answer that would be counted.
      throw new HttpError(error.status, error.message, error.headers);
    }
  }

  #totalsOf(camera: string): ViewerTotals {
    const totals = this.#totals.get(camera) ?? new ViewerTotals();
    this.#totals.set(camera, totals);
    return totals;
  }
}
