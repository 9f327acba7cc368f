import type { TileSize } from "./engine-messages.ts";
import type { Painter } from "./painter.ts";
import type { LiveFrame } from "./read-frame.ts";

/**
 * Of a camera whose frames have no more pixels than this, tiles get the whole ones, however small
 * they are. Measured 2026-11-28: sixteen of 640 × 480 at 15 fps, each encoded for its tile, took a
 * server of two cores down to 4 fps.
 */
const SMALL_PIXELS = 400_000;
/** What the rate is taken over. */
const WINDOW_MS = 2000;

/** What an engine reports of a tile. */
export interface TileReport {
  tile: number;
  /** Whether its present subscription has brought a frame. */
  isFresh: boolean;
  /** Whether it shows the server's placeholder. */
  isPlaceholder: boolean;
  /** Of the camera's frame that it shows; null if there is none, or a placeholder. */
  ageMs: number | null;
  /** Between the last two of the camera's frames that came; null before. */
  intervalMs: number | null;
  /** Painted in the last moments. */
  fps: number;
  /** Frames painted since the start. */
  painted: number;
  /** Of what it shows, in pixels; 0 before the first. */
  width: number;
  height: number;
}

/** One canvas and its subscription. */
export class Tile {
  readonly number: number;
  readonly camera: string;
  readonly query: string;
  readonly painter: Painter;
  /** Of its subscription; undefined while it has none. */
  id: number | undefined;
  isMirrored = false;
  #size: TileSize = { wanted: false, width: 0, height: 0 };
  /** Whether the camera's frames are too small to be worth scaling down. */
  #isSmall = false;
  /** When frames were painted, oldest first. */
  #times: number[] = [];
  #painted = 0;
  #isFresh = false;
  #intervalMs: number | null = null;
  #last: LiveFrame | undefined;
  #lastSize = "";

  constructor({ number, camera, query, painter }: Pick<Tile, "number" | "camera" | "query" | "painter">) {
    [this.number, this.camera, this.query, this.painter] = [number, camera, query, painter];
  }

  get isWanted(): boolean {
    return this.#size.wanted;
  }

  /** What to subscribe to. Without a size, the server sends whole frames. */
  get subscription() {
    const { camera, query } = this;
    const { width, height } = this.#size;
    return { camera, query, ...(width > 0 && !this.#isSmall && { width, height }) };
  }

  /**
   * Takes the size of the camera's own frames. Returns whether that changes what to subscribe to.
   */
  updateSource(width: number | null, height: number | null): boolean {
    const was = this.#isSmall;
    this.#isSmall = width !== null && height !== null && width * height <= SMALL_PIXELS;
    return this.#isSmall !== was;
  }

  /** Takes what the tile can show. Returns whether its size has changed. */
  want(size: TileSize): boolean {
    const isNew = size.width !== this.#size.width || size.height !== this.#size.height;
    this.#size = size;
    return isNew;
  }

  begin(id: number): void {
    [this.id, this.#isFresh, this.#times] = [id, false, []];
  }

  end(): void {
    [this.id, this.#isFresh] = [undefined, false];
  }

  /**
   * Takes a frame that was painted. Returns whether it is the first, of another kind, or of another
   * size.
   */
  sample(frame: LiveFrame): boolean {
    const last = this.#last;
    const { width, height } = this.painter.canvas;
    const size = `${width}x${height}`;
    const isNews = !this.#isFresh || last?.isPlaceholder !== frame.isPlaceholder || size !== this.#lastSize;
    this.#painted += 1;
    // Of one subscription, or it would include the time that nobody watched.
    const isNext = this.#isFresh && last !== undefined && !last.isPlaceholder && !frame.isPlaceholder;
    const apartMs = isNext ? frame.capturedAt - last.capturedAt : 0;
    // The same frame comes again in another size, when that changes.
    if (apartMs > 0) this.#intervalMs = apartMs;
    [this.#last, this.#isFresh, this.#lastSize] = [frame, true, size];
    this.#forget();
    this.#times.push(performance.now());
    return isNews;
  }

  report(serverNow: number): TileReport {
    const last = this.#last;
    const isPlaceholder = last?.isPlaceholder === true;
    const ageMs = last === undefined || isPlaceholder ? null : Math.max(0, serverNow - last.capturedAt);
    const { width, height } = last === undefined ? { width: 0, height: 0 } : this.painter.canvas;
    const [isFresh, intervalMs, painted] = [this.#isFresh, this.#intervalMs, this.#painted];
    return { tile: this.number, isFresh, isPlaceholder, ageMs, intervalMs, fps: this.#fps(), painted, width, height };
  }

  #fps(): number {
    this.#forget();
    const [first, last] = [this.#times[0], this.#times.at(-1)];
    if (first === undefined || last === undefined || last === first) return 0;
    return ((this.#times.length - 1) * 1000) / (last - first);
  }

  #forget(): void {
    const now = performance.now();
    this.#times = this.#times.filter((time) => now - time < WINDOW_MS);
  }
}
