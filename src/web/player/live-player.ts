import { describe } from "./describe.ts";
import { momentNow, since } from "./elapsed.ts";
import { type FallbackSeat, fallbackOf } from "./fallback/fallback.ts";
import { hubOf } from "./hub.ts";
import type { LivePlayerOptions, LiveState } from "./live-state.ts";
import { type Heard, linkOf, type Painted, refusedBy, seenLive } from "./playback-state.ts";
import { createPlace } from "./surface.ts";

export type LivePlayer = ReturnType<typeof createLivePlayer>;

/** A picture that comes to be wanted may take so long before anything is said of it. */
const GRACE_MS = 2500;
/** How often numbers that change all the time are told. */
const NUMBERS_MS = 1000;
/** While a tile is being resized, sizes of a moment are not asked for. */
const SETTLE_MS = 150;
/** How far below the window pictures begin to be fetched. */
const AHEAD = "120px";

/**
 * Shows a camera live in a container, by the best way there is: over /live painted by a worker;
 * painted by the page; as a stream in an `<img>`; or by snapshots. It falls back and climbs back by
 * itself, takes nothing while it is not seen, and says by `onState` what there is to say, an old
 * picture's age above all. All players of a server on a page share one connection. No other part of
 * the page is looked at or touched.
 */
export function createLivePlayer(options: LivePlayerOptions) {
  const { base, camera, container, query = "adapt", token = "", alt = "", onState = () => {} } = options;
  const root = new URL("./", base).href;
  const hub = hubOf(root, token);
  const place = createPlace(container, alt);
  let painted: Painted | undefined;
  let heard: Heard | undefined;
  let refusal = "";
  let fallback: FallbackSeat | undefined;
  let isOnScreen = typeof IntersectionObserver !== "function";
  let isPaused = false;
  let isPinned = false;
  let isClosed = false;
  let isWanted = false;
  let wantedAt = momentNow();
  let size = { width: 0, height: 0 };
  let told = { words: "", at: 0 };
  let onMirror: (bitmap: ImageBitmap) => void = (bitmap) => bitmap.close();

  const seat = hub.join({
    camera,
    query,
    renewCanvas: place.renewCanvas,
    onReport(report) {
      painted = { report, at: momentNow() };
      if (report.isFresh) {
        refusal = "";
        if (hub.isLive) leaveFallback();
        place.painted(report.width, report.height);
      }
      tell();
    },
    onState(camera) {
      heard = { camera, at: momentNow() };
      tell();
    },
    onError(message) {
      refusal = message;
      tell();
    },
    onMirror: (bitmap) => onMirror(bitmap),
    onChange: update,
  });

  const seen = new IntersectionObserver(
    (entries) => {
      isOnScreen = entries.at(-1)?.isIntersecting === true;
      update();
    },
    { rootMargin: AHEAD },
  );
  seen.observe(container);
  let settling: ReturnType<typeof setTimeout> | undefined;
  const measured = new ResizeObserver(() => {
    clearTimeout(settling);
    settling = setTimeout(measure, SETTLE_MS);
  });
  measured.observe(container);
  size = sizeOf(container);
  update();

  function measure() {
    const now = sizeOf(container);
    if (now.width === size.width && now.height === size.height) return;
    size = now;
    if (isWanted) seat.want({ wanted: true, ...size });
  }

  function update() {
    if (isClosed) return;
    const wanted = !isPaused && ((hub.isShown && isOnScreen) || isPinned);
    if (wanted !== isWanted) {
      isWanted = wanted;
      if (wanted) wantedAt = momentNow();
      seat.want({ wanted, ...size });
    }
    const isRefused = hub.refusal !== "";
    if (wanted && !hub.isLive && !isRefused) joinFallback();
    else if (!wanted || isRefused || (hub.isLive && painted?.report.isFresh)) leaveFallback();
    tell();
  }

  function joinFallback() {
    fallback ??= fallbackOf(root, token, hub).join({ place, camera, query, onChange: tell });
  }

  function leaveFallback() {
    fallback?.leave();
    fallback = undefined;
  }

  function state(): LiveState {
    const isReachable = hub.isReachable || since(wantedAt) < GRACE_MS;
    const seen = fallback === undefined ? seenLive(painted, heard, isReachable) : fallback.seen();
    const why = fallback === undefined ? refusal : fallback.refusal;
    const refused = { ...refusedBy(why), ...refusedBy(hub.refusal, "refused") };
    const way = fallback?.way ?? "live";
    const { camera } = seen;
    const worker = way === "live" && hub.isWorker;
    return { ...describe(seen), ...refused, way, worker, camera, link: linkOf(camera) };
  }

  function tell() {
    if (isClosed) return;
    const now = state();
    const words = [now.mood, now.state, now.notice, now.card, now.stale, now.way, now.link].join("|");
    if (words === told.words && performance.now() - told.at < NUMBERS_MS) return;
    told = { words, at: performance.now() };
    container.classList.toggle("stale", now.stale);
    container.classList.toggle("carded", now.card);
    onState(now);
  }

  return {
    container,
    get state() {
      return state();
    },
    /** The canvas or image that shows the picture now. */
    get element() {
      return container.dataset["way"] === "image" ? place.image : place.canvas;
    },

    /**
     * The picture that is shown, as a JPEG.
     *
     * @returns Nothing where it is not to be had, as in a stream of an `<img>`.
     */
    async still(): Promise<Blob | undefined> {
      const jpeg = fallback === undefined ? await seat.still() : undefined;
      return jpeg && new Blob([jpeg as Uint8Array<ArrayBuffer>], { type: "image/jpeg" });
    },

    /** Takes no pictures until told otherwise, though it may be on the screen. */
    pause(paused: boolean) {
      isPaused = paused;
      update();
    },

    /**
     * Goes on though the page is hidden, and has every picture given to `draw`, who is to close it;
     * undefined ends that.
     */
    mirror(draw: ((bitmap: ImageBitmap) => void) | undefined) {
      isPinned = draw !== undefined;
      onMirror = draw ?? ((bitmap) => bitmap.close());
      seat.mirror(isPinned);
      update();
    },

    /** Goes on though the page is hidden. */
    pin(pinned: boolean) {
      isPinned = pinned;
      update();
    },

    /** Ends it, and takes its elements out of the container. */
    close() {
      if (isClosed) return;
      isClosed = true;
      clearTimeout(settling);
      seen.disconnect();
      measured.disconnect();
      leaveFallback();
      seat.leave();
      place.remove();
      container.classList.remove("waiting", "stale", "carded");
    },
  };
}

/** What an element can show, in device pixels. */
function sizeOf({ clientWidth, clientHeight }: HTMLElement) {
  const ratio = window.devicePixelRatio || 1;
  return { width: Math.round(clientWidth * ratio), height: Math.round(clientHeight * ratio) };
}
