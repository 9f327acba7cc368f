// @ts-check

/**
 * @typedef {object} Tile
 * @property {string} name
 * @property {HTMLElement} link
 * @property {HTMLElement} view
 * @property {string} title
 *
 * @typedef {ReturnType<typeof createLarge>} Large
 */

/** From a tile to the whole window, and back. */
const GROW_MS = 240;
const EASING = "cubic-bezier(0.2, 0, 0, 1)";

/**
 * Shows one tile of a wall as large as the window: its view is moved to a stage, and back. The browser's back button
 * leads back too.
 *
 * @param {HTMLElement} stage With an element of the class `slot`, where the view goes.
 * @param {readonly Tile[]} tiles
 * @param {(tile: Tile | undefined) => void} onChange Called with the one that is large from now on.
 */
export function createLarge(stage, tiles, onChange) {
  const slot = /** @type {HTMLElement} */ (stage.querySelector(".slot"));
  /** @type {Tile | undefined} */
  let current;
  const named = (/** @type {string | undefined} */ name) => tiles.find((tile) => tile.name === name);

  /**
   * @param {Tile | undefined} next
   * @param {"grow" | "forwards" | "backwards" | "none"} [way] How it comes in.
   */
  function show(next, way = "grow") {
    if (next === current) return;
    const before = current;
    const view = (next ?? before)?.view;
    const from = view?.getBoundingClientRect();
    current = next;
    place(before, next);
    onChange(next);
    if (view === undefined || from === undefined || way === "none" || isStill()) return;
    if (way === "grow") grow(view, from);
    else slide(view, way === "forwards" ? 1 : -1);
  }

  /**
   * @param {Tile | undefined} before
   * @param {Tile | undefined} next
   */
  function place(before, next) {
    // What is on the stage goes with it: who holds the focus there gets it back on the tile.
    const isFocusLost = stage.contains(document.activeElement) || document.activeElement === document.body;
    if (before !== undefined) before.link.prepend(before.view);
    stage.hidden = next === undefined;
    document.body.classList.toggle("has-large", next !== undefined);
    if (next !== undefined) return slot.replaceChildren(next.view);
    before?.link.scrollIntoView({ block: "nearest", behavior: "instant" });
    if (isFocusLost) before?.link.focus({ preventScroll: true });
  }

  addEventListener("popstate", ({ state }) => show(named(state?.large)));
  const large = {
    get current() {
      return current;
    },

    /**
     * @param {Tile} tile
     * @param {"grow" | "forwards" | "backwards" | "none"} [way] `none` as the page opens: then there is no step back.
     */
    open(tile, way) {
      const isFirst = way === "none" || history.state?.isFirst === true;
      const entry = { large: tile.name, isFirst: current === undefined ? way === "none" : isFirst };
      // From one to the next is no step either.
      if (current === undefined && way !== "none") history.pushState(entry, "", `#${tile.name}`);
      else history.replaceState(entry, "", `#${tile.name}`);
      show(tile, way);
    },

    close() {
      if (current === undefined) return;
      if (history.state?.large !== undefined && !history.state.isFirst) return history.back();
      history.replaceState(null, "", location.pathname + location.search);
      show(undefined);
    },

    /**
     * The one after, or before; around the end.
     *
     * @param {1 | -1} step
     */
    step(step) {
      const next = current && tiles[(tiles.indexOf(current) + step + tiles.length) % tiles.length];
      if (next !== undefined) large.open(next, step === 1 ? "forwards" : "backwards");
    },
  };
  return large;
}

/**
 * @param {HTMLElement} element
 * @param {DOMRect} from
 */
function grow(element, from) {
  const to = element.getBoundingClientRect();
  if (to.width === 0 || from.width === 0) return;
  const frames = [from, to].map(({ left, top, width, height }) => ({
    position: "fixed",
    left: `${left}px`,
    top: `${top}px`,
    width: `${width}px`,
    height: `${height}px`,
    maxHeight: "none",
    aspectRatio: "auto",
    zIndex: 5,
  }));
  element.animate(frames, { duration: GROW_MS, easing: EASING });
}

/**
 * @param {HTMLElement} element
 * @param {1 | -1} direction
 */
function slide(element, direction) {
  const frames = [{ transform: `translateX(${direction * 100}%)` }, { transform: "none" }];
  element.animate(frames, { duration: GROW_MS, easing: EASING });
}

function isStill() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}
