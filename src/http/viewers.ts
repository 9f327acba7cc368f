import { epochNow } from "../core/clock.ts";
import { RateMeter } from "../core/rate.ts";
import { HttpError } from "./errors.ts";
import type { Framing, Part, PartObserver } from "./multipart.ts";

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
  /** How its pictures are transformed; null for the camera's own bytes. */
  readonly variant: string | null;
  /** Pictures a second that its connection took, over the last moments; repeats count. */
  readonly fps: number;
  /** How old its newest picture was when its connection had taken all of it, in milliseconds; grows while one waits. */
  readonly lagMs: number;
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
  #seq: number | undefined;
  #dropped = 0;
  #bytes = 0;
  #lagMs = 0;
  /** The part being written: since when, and how old its picture was then. */
  #writing: { since: number; ageMs: number } | undefined;

  constructor(id: number, arrival: Arrival) {
    this.camera = arrival.camera;
    this.#id = id;
    this.#arrival = arrival;
  }

  writing({ frame }: Part, bytes: number): void {
    const since = performance.now();
    // The first picture is as old as the camera's last, and a repeated one older: neither is this viewer's lag.
    const isNews = this.#seq !== undefined && frame.seq > this.#seq;
    if (isNews) this.#dropped += frame.seq - (this.#seq as number) - 1;
    this.#writing = { since, ageMs: isNews ? Math.max(0, epochNow() - frame.capturedAt) : 0 };
    this.#seq = frame.seq;
    this.#bytes += bytes;
  }

  written(): void {
    const now = performance.now();
    this.#lagMs = this.#lagAt(now);
    this.#writing = undefined;
    this.#rate.tick(now);
  }

  status(): ViewerStatus {
    const { key, address, framing } = this.#arrival;
    const now = performance.now();
    return {
      id: this.#id,
      key,
      address,
      framing,
      variant: null,
      fps: Math.round(this.#rate.rate(now) * 10) / 10,
      lagMs: Math.round(Math.max(this.#lagMs, this.#lagAt(now))),
      dropped: this.#dropped,
      bytes: this.#bytes,
    };
  }

  #lagAt(now: number): number {
    return this.#writing === undefined ? 0 : this.#writing.ageMs + now - this.#writing.since;
  }
}
