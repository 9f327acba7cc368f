export interface Tile {
  name: string;
  link: HTMLElement;
  view: HTMLElement;
  title: string;
}

export type Large = ReturnType<typeof createLarge>;

/** From a tile to the whole window, and back. */
const GROW_MS = 240;
const EASING = "cubic-bezier(0.2, 0, 0, 1)";

/**
 * Shows one tile of a wall as large as the window: its view is moved to a stage, and back. The
 * browser's back button leads back too.
 *
 * @param stage With an element of the class `slot`, where the view goes.
 * @param onChange Called with the one that is large from now on.
 */
export function createLarge(stage: HTMLElement, tiles: readonly Tile[], onChange: (tile: Tile | undefined) => void) {
  const slot = stage.querySelector(".slot") as HTMLElement;
  let current: Tile | undefined;
  const named = (name: string) => tiles.find((tile) => tile.name === name);

  /** @param way How it comes in. */
  function show(next: Tile | undefined, way: "grow" | "forwards" | "backwards" | "none" = "grow") {
    if (next === current) return;
    const before = current;
    const view = (next ?? before)?.view;
    const from = view?.getBoundingClientRect();
    current = next;
    // What is on the stage goes with it: who holds the focus there gets it back on the tile.
    const isFocusLost = stage.contains(document.activeElement) || document.activeElement === document.body;
    place(before, next);
    onChange(next);
    if (next === undefined && isFocusLost) before?.link.focus({ preventScroll: true });
    if (view === undefined || from === undefined || way === "none" || isStill()) return;
    if (way === "grow") grow(view, from);
    else slide(view, way === "forwards" ? 1 : -1);
  }

  function place(before: Tile | undefined, next: Tile | undefined) {
    if (before !== undefined) before.link.prepend(before.view);
    stage.hidden = next === undefined;
    document.body.classList.toggle("has-large", next !== undefined);
    if (next !== undefined) slot.replaceChildren(next.view);
    else before?.link.scrollIntoView({ block: "nearest", behavior: "instant" });
  }

  addEventListener("popstate", ({ state }) => show(named(state?.large)));
  const large = {
    get current() {
      return current;
    },

    /** @param way `none` as the page opens: then there is no step back. */
    open(tile: Tile, way?: "grow" | "forwards" | "backwards" | "none") {
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

    /** The one after, or before; around the end. */
    step(step: 1 | -1) {
      const next = current && tiles[(tiles.indexOf(current) + step + tiles.length) % tiles.length];
      if (next !== undefined) large.open(next, step === 1 ? "forwards" : "backwards");
    },
  };
  return large;
}

function grow(element: HTMLElement, from: DOMRect) {
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

function slide(element: HTMLElement, direction: 1 | -1) {
  const frames = [{ transform: `translateX(${direction * 100}%)` }, { transform: "none" }];
  element.animate(frames, { duration: GROW_MS, easing: EASING });
}

function isStill() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}
