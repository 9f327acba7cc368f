import type { CameraStatus } from "../camera-status.ts";
import type { Surface } from "../surface.ts";

/** How many of a browser's six connections to a server load snapshots. */
const MAX_LOADING = 3;
const PAUSE_MS = 200;
const TIMEOUT_MS = 8000;

/** Loads snapshots onto many surfaces, in turn. */
export class SnapshotPlayer {
  /** The one that waited longest comes first. One that is loading is not in here. */
  readonly #waiting: SnapshotTarget[] = [];
  #targets = 0;
  /** Ends the loops of the runs before. */
  #runs = 0;

  add(target: SnapshotTarget): void {
    this.#waiting.push(target);
    this.#targets += 1;
    if (this.#targets > 1) return;
    for (let count = 0; count < MAX_LOADING; count++) void this.#loop(this.#runs);
  }

  remove(target: SnapshotTarget): void {
    if (!target.isOn) return;
    target.isOn = false;
    const index = this.#waiting.indexOf(target);
    if (index >= 0) this.#waiting.splice(index, 1);
    this.#targets -= 1;
    if (this.#targets === 0) this.#runs += 1;
  }

  async #loop(run: number): Promise<void> {
    while (run === this.#runs) {
      const target = this.#waiting.shift();
      if (target !== undefined) await this.#load(target, run);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  async #load(target: SnapshotTarget, run: number): Promise<void> {
    const image = await loadImage(target.url);
    if (target.isOn) this.#waiting.push(target);
    if (image !== undefined && target.isOn && run === this.#runs) target.show(image);
  }
}

/** A surface that shows snapshots of a camera. */
export class SnapshotTarget {
  readonly url: string;
  isOn = true;
  readonly #surface: Surface;
  readonly #onArrival: (isFirst: boolean) => void;
  #arrivedAt = Number.NEGATIVE_INFINITY;
  /** When its camera was first said not to be live; infinite while it is live. */
  #goneAt = Number.POSITIVE_INFINITY;

  constructor(surface: Surface, url: string, onArrival: (isFirst: boolean) => void) {
    this.#surface = surface;
    this.url = url;
    this.#onArrival = onArrival;
  }

  /**
   * Whether its snapshot is recent, whether it ever had one, and whether that is a placeholder: so
   * is what comes while the camera is not live. An image does not tell its headers, and a policy
   * without `blob:` refuses a fetched one.
   */
  delivery() {
    return {
      connected: performance.now() - this.#arrivedAt < TIMEOUT_MS,
      again: this.#arrivedAt > 0,
      card: this.#arrivedAt > this.#goneAt,
    };
  }

  update(camera: CameraStatus): void {
    this.#goneAt = camera.state === "live" ? Number.POSITIVE_INFINITY : Math.min(this.#goneAt, performance.now());
  }

  show(image: HTMLImageElement): void {
    const isFirst = this.#arrivedAt < 0;
    this.#arrivedAt = performance.now();
    this.#surface.replaceImage(image);
    this.#onArrival(isFirst);
  }
}

/** Returns nothing if the camera has no frame now. */
function loadImage(url: string): Promise<HTMLImageElement | undefined> {
  return new Promise((resolve) => {
    const image = new Image();
    const timer = setTimeout(() => resolve(undefined), TIMEOUT_MS);
    const settle = (result: HTMLImageElement | undefined) => {
      clearTimeout(timer);
      resolve(result);
    };
    image.onload = () => settle(image);
    image.onerror = () => settle(undefined);
    image.src = `${url}${url.includes("?") ? "&" : "?"}max-age=1000&t=${Date.now()}`;
  });
}
