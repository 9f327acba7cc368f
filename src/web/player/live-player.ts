import { describe } from "./describe.ts";
import { momentNow, since } from "./elapsed.ts";
import { fallbackOf } from "./fallback/fallback.ts";
import type { FallbackMember } from "./fallback/fallback-member.ts";
import { type Hub, hubOf } from "./hub.ts";
import type { HubTile } from "./hub-tile.ts";
import type { LivePlayerOptions, LiveState } from "./live-state.ts";
import { type Heard, linkOf, type Painted, refusedBy, seenLive } from "./playback-state.ts";
import { Surface } from "./surface.ts";
import { watchElement } from "./watch-element.ts";

/** After a player comes to be wanted, this long nothing is said of a silent server. */
const GRACE_MS = 2500;
/** How often numbers that change all the time are reported. */
const NUMBERS_MS = 1000;

/**
 * Shows a camera live in a container, by the best way there is: over /live painted by a worker;
 * painted by the page; as a stream in an `<img>`; or by snapshots. It falls back and climbs back by
 * itself, loads nothing while it is not seen, and reports its state by `onState`, an old frame's
 * age above all. All players of a server on a page share one connection. It touches no other part
 * of the page.
 */
export function createLivePlayer(options: LivePlayerOptions): LivePlayer {
  return new LivePlayer(options);
}

/* Its methods are bound: pages may hand them on by themselves. */
export class LivePlayer {
  readonly container: HTMLElement;
  readonly #options: Required<Pick<LivePlayerOptions, "camera" | "query" | "token" | "onState">>;
  readonly #root: string;
  readonly #hub: Hub;
  readonly #surface: Surface;
  readonly #tile: HubTile;
  readonly #unwatch: () => void;
  #painted: Painted | undefined;
  #heard: Heard | undefined;
  #refusal = "";
  #fallback: FallbackMember | undefined;
  #isOnScreen = typeof IntersectionObserver !== "function";
  #isPaused = false;
  #isPinned = false;
  #isClosed = false;
  #isWanted = false;
  #wantedAt = momentNow();
  #size: { width: number; height: number };
  #reported = { words: "", at: 0 };
  #onMirror: (bitmap: ImageBitmap) => void = (bitmap) => bitmap.close();

  constructor({
    base,
    camera,
    container,
    query = "adapt",
    token = "",
    alt = "",
    onState = () => {},
  }: LivePlayerOptions) {
    this.container = container;
    this.#options = { camera, query, token, onState };
    this.#root = new URL("./", base).href;
    this.#hub = hubOf(this.#root, token);
    this.#surface = new Surface(container, alt);
    this.#tile = this.#addTile();
    const watched = watchElement(container, {
      onIntersect: (isOnScreen) => {
        this.#isOnScreen = isOnScreen;
        this.#update();
      },
      onResize: (size) => {
        this.#size = size;
        if (this.#isWanted) this.#tile.want({ wanted: true, ...size });
      },
    });
    this.#size = watched.size;
    this.#unwatch = watched.end;
    this.#update();
  }

  get state(): LiveState {
    const isReachable = this.#hub.isReachable || since(this.#wantedAt) < GRACE_MS;
    const fallback = this.#fallback;
    const seen = fallback === undefined ? seenLive(this.#painted, this.#heard, isReachable) : fallback.seen();
    const why = fallback === undefined ? this.#refusal : fallback.refusal;
    const refused = { ...refusedBy(why), ...refusedBy(this.#hub.refusal, "refused") };
    const way = fallback?.way ?? "live";
    const { camera } = seen;
    const worker = way === "live" && this.#hub.isWorker;
    return { ...describe(seen), ...refused, way, worker, camera, link: linkOf(camera) };
  }

  /** The canvas or image that shows the newest frame. */
  get element(): HTMLImageElement | HTMLCanvasElement | undefined {
    return this.#surface.element;
  }

  /**
   * Returns the frame that is shown, as a JPEG; nothing if it cannot be had, as in a stream of an
   * `<img>`.
   */
  readonly still = async (): Promise<Blob | undefined> => {
    const jpeg = this.#fallback === undefined ? await this.#tile.still() : undefined;
    return jpeg && new Blob([jpeg as Uint8Array<ArrayBuffer>], { type: "image/jpeg" });
  };

  /** Loads no frames until told otherwise, though it may be on the screen. */
  readonly pause = (isPaused: boolean): void => {
    this.#isPaused = isPaused;
    this.#update();
  };

  /**
   * Goes on though the page is hidden, and gives every frame to `draw`, which must close it;
   * undefined ends that.
   */
  readonly mirror = (draw: ((bitmap: ImageBitmap) => void) | undefined): void => {
    this.#isPinned = draw !== undefined;
    this.#onMirror = draw ?? ((bitmap) => bitmap.close());
    this.#tile.mirror(this.#isPinned);
    this.#update();
  };

  /** Goes on though the page is hidden. */
  readonly pin = (isPinned: boolean): void => {
    this.#isPinned = isPinned;
    this.#update();
  };

  /** Ends the player, and takes its elements out of the container. */
  readonly close = (): void => {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#unwatch();
    this.#leaveFallback();
    this.#tile.leave();
    this.#surface.remove();
    this.container.classList.remove("waiting", "stale", "carded");
  };

  #addTile(): HubTile {
    const { camera, query } = this.#options;
    return this.#hub.add({
      camera,
      query,
      renewCanvas: () => this.#surface.renewCanvas(),
      onReport: (report) => {
        this.#painted = { report, at: momentNow() };
        if (report.isFresh) {
          this.#refusal = "";
          if (this.#hub.isLive) this.#leaveFallback();
          this.#surface.showCanvas(report.width, report.height);
        }
        this.#report();
      },
      onState: (camera) => {
        this.#heard = { camera, at: momentNow() };
        this.#report();
      },
      onError: (message) => {
        this.#refusal = message;
        this.#report();
      },
      onMirror: (bitmap) => this.#onMirror(bitmap),
      onChange: () => this.#update(),
    });
  }

  #update(): void {
    if (this.#isClosed) return;
    const hub = this.#hub;
    const wanted = !this.#isPaused && ((hub.isShown && this.#isOnScreen) || this.#isPinned);
    if (wanted !== this.#isWanted) {
      this.#isWanted = wanted;
      if (wanted) this.#wantedAt = momentNow();
      this.#tile.want({ wanted, ...this.#size });
    }
    const isRefused = hub.refusal !== "";
    if (wanted && !hub.isLive && !isRefused) this.#joinFallback();
    else if (!wanted || isRefused || (hub.isLive && this.#painted?.report.isFresh)) this.#leaveFallback();
    this.#report();
  }

  #joinFallback(): void {
    const { camera, query, token } = this.#options;
    const [surface, onChange] = [this.#surface, () => this.#report()];
    this.#fallback ??= fallbackOf(this.#root, token, this.#hub).join({ surface, camera, query, onChange });
  }

  #leaveFallback(): void {
    this.#fallback?.leave();
    this.#fallback = undefined;
  }

  #report(): void {
    if (this.#isClosed) return;
    const { state } = this;
    const words = [state.mood, state.state, state.notice, state.card, state.stale, state.way, state.link].join("|");
    if (words === this.#reported.words && performance.now() - this.#reported.at < NUMBERS_MS) return;
    this.#reported = { words, at: performance.now() };
    this.container.classList.toggle("stale", state.stale);
    this.container.classList.toggle("carded", state.card);
    this.#options.onState(state);
  }
}
