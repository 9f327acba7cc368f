import { Slots, type SlotsOptions } from "../../net/slots.ts";
import type { Histogram } from "../../util/histogram.ts";
import type { Refusals } from "../limits/refusals.ts";
import { LimitError, takeSlot } from "../limits/take-slot.ts";
import { HttpError } from "../shared/http-error.ts";
import { Viewer, type ViewerDetails } from "./viewer.ts";
import type { ViewerStatus } from "./viewer-status.ts";
import { type Taken, ViewerTotals } from "./viewer-totals.ts";

/** Everybody who watches over HTTP, a stream or a subscription each, and the limit to how many may. */
export class Viewers {
  readonly #places: Slots;
  readonly #onLimitReached: Refusals["reached"];
  readonly #viewers = new Map<Viewer, () => void>();
  readonly #totals = new Map<string, ViewerTotals>();
  #count = 0;
  #refused = 0;

  /** Without `room`, all of them may be of one address. */
  constructor(max: number, room: Partial<SlotsOptions> = {}, onLimitReached: Refusals["reached"] = () => {}) {
    const onGivenUp = (address: string) => onLimitReached("viewers-given-up", address);
    this.#places = new Slots({ max, perAddress: max, ...room, onEvicted: onGivenUp });
    this.#onLimitReached = onLimitReached;
  }

  /**
   * Lets one in; throws an HttpError with `Retry-After` when a limit is reached: 503, or 429 for that of an address. `giveUp`
   * ends it, if an address with fewer gets its place.
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

  /** How many there may be, and of one address. */
  get room(): SlotsOptions {
    return this.#places;
  }

  /** How many were turned away. */
  get refused(): number {
    return this.#refused;
  }

  /** What a camera's viewers took since the start, and how old it was then, in milliseconds. */
  totals(camera: string): Taken & { readonly ages: Histogram } {
    const totals = this.#totalsOf(camera);
    const here = [...this.#viewers.keys()].filter((viewer) => viewer.camera === camera);
    return { ...totals.taken(here), ages: totals.ages };
  }

  /** How many watch a camera. */
  count(camera: string): number {
    let count = 0;
    for (const viewer of this.#viewers.keys()) if (viewer.camera === camera) count++;
    return count;
  }

  /** The viewers of a camera, in the order they came. */
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
      // Told here, since clients of `/live` get no answer over HTTP that would be counted.
      throw new HttpError(error.status, error.message, error.headers);
    }
  }

  #totalsOf(camera: string): ViewerTotals {
    const totals = this.#totals.get(camera) ?? new ViewerTotals();
    this.#totals.set(camera, totals);
    return totals;
  }
}
