import { epochNow } from "../core/clock.ts";
import { RateMeter } from "../core/rate.ts";
import type { LinkStatus } from "../variants/adaptation.ts";
import { HttpError } from "./errors.ts";
import type { Framing, Part } from "./multipart.ts";
import type { PartObserver } from "./part-writer.ts";

/** How long a turned-away viewer should wait before it asks again, in seconds. */
const RETRY_AFTER_S = 10;

/** A viewer's part of `GET /api/cameras/:name`. */
export interface ViewerStatus {
  readonly id: number;
  /** What the client gave as `?key=`, to find itself again (as in ustreamer); null without. */
  readonly key: string | null;
  /** Address and port it comes from. */
  readonly address: string;
  readonly framing: Framing;
  /** True while it is sent the camera's card, and no pictures. */
  readonly card: boolean;
  /** What is done to its pictures, as a query, the same for all who ask for the same; null for the camera's own. */
  readonly variant: string | null;
  /** Pictures a second that its connection took, over the last moments; repeats and cards count. */
  readonly fps: number;
  /** How old its newest picture was when its connection had taken all of it, in milliseconds; grows while one waits. */
  readonly lagMs: number;
  /** On which rung of the ladder a stream that adapts stands: 0 is the pictures as asked for. Null for any other stream. */
  readonly rung: number | null;
  /** What the link of a stream that adapts carries, in bytes a second; null while that cannot be told. */
  readonly rate: number | null;
  /** Pictures it was too slow for. */
  readonly dropped: number;
  /** Bytes of pictures sent. */
  readonly bytes: number;
}

interface Arrival {
  readonly camera: string;
  readonly address: string;
  readonly key: string | null;
  readonly framing: Framing;
  readonly variant: string | null;
}

/** What a stream that adapts knows of its link. */
export interface AdaptiveStatus extends LinkStatus {
  readonly variant: string | null;
}

/** Everybody who watches a stream over HTTP, and the limit to how many may. */
export class Viewers {
  readonly #limit: number;
  readonly #viewers = new Set<Viewer>();
  #count = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Lets one in; throws an HttpError 503 with `Retry-After` when the limit is reached. */
  admit(arrival: Arrival): Viewer {
    if (this.#viewers.size >= this.#limit) {
      throw new HttpError(503, `All ${this.#limit} places for viewers are taken; try again later.`, {
        "Retry-After": String(RETRY_AFTER_S),
      });
    }
    const viewer = new Viewer(++this.#count, arrival);
    this.#viewers.add(viewer);
    return viewer;
  }

  remove(viewer: Viewer): void {
    this.#viewers.delete(viewer);
  }

  /** The viewers of a camera, in the order they came. */
  status(camera: string): ViewerStatus[] {
    return [...this.#viewers].filter((viewer) => viewer.camera === camera).map((viewer) => viewer.status());
  }
}

/** One HTTP client of a stream, and what is known of its connection. */
export class Viewer implements PartObserver {
  readonly camera: string;
  readonly #id: number;
  readonly #arrival: Arrival;
  readonly #rate = new RateMeter();
  /** The number of its newest picture, of those that its source gave. */
  #number = Number.NaN;
  #dropped = 0;
  #bytes = 0;
  #lagMs = 0;
  #hasCard = false;
  /** When the part being written was begun, by `performance.now()`, and how old its picture was; NaN between parts. */
  #since = Number.NaN;
  #ageMs = 0;
  #adaptive: (() => AdaptiveStatus) | undefined;

  constructor(id: number, arrival: Arrival) {
    this.camera = arrival.camera;
    this.#id = id;
    this.#arrival = arrival;
  }

  /** Its stream adapts; `status` tells how. */
  adapts(status: () => AdaptiveStatus): void {
    this.#adaptive = status;
  }

  /** Its pictures come from elsewhere from now on, and are numbered anew. */
  startOver(): void {
    this.#number = Number.NaN;
  }

  writing({ frame }: Part, bytes: number): void {
    // The first picture is as old as the camera's last, a repeated one older, and a card is no picture: none of it is
    // this viewer's lag.
    const number = frame === undefined ? Number.NaN : (frame.ordinal ?? frame.seq);
    const isNews = frame !== undefined && number > this.#number;
    this.#ageMs = isNews ? Math.max(0, epochNow() - frame.capturedAt) : 0;
    if (isNews) this.#dropped += number - this.#number - 1;
    if (frame !== undefined) this.#number = number;
    this.#hasCard = frame === undefined;
    this.#bytes += bytes;
    this.#since = performance.now();
  }

  written(): void {
    if (Number.isNaN(this.#since)) return;
    const now = performance.now();
    this.#lagMs = this.#ageMs + now - this.#since;
    this.#since = Number.NaN;
    this.#rate.tick(now);
  }

  status(): ViewerStatus {
    const { key, address, framing } = this.#arrival;
    const now = performance.now();
    const { variant, rung, rate, lagMs } = this.#adaptive?.() ?? {
      variant: this.#arrival.variant,
      rung: null,
      rate: null,
      lagMs: Math.max(this.#lagMs, Number.isNaN(this.#since) ? 0 : this.#ageMs + now - this.#since),
    };
    return {
      id: this.#id,
      key,
      address,
      framing,
      card: this.#hasCard,
      variant,
      fps: Math.round(this.#rate.rate(now) * 10) / 10,
      lagMs: Math.round(lagMs),
      rung,
      rate,
      dropped: this.#dropped,
      bytes: this.#bytes,
    };
  }
}
