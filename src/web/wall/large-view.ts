export interface Tile {
  name: string;
  link: HTMLElement;
  view: HTMLElement;
  title: string;
}

type Transition = "grow" | "forwards" | "backwards" | "none";

/** From a tile to the whole window, and back. */
const GROW_MS = 240;
const EASING = "cubic-bezier(0.2, 0, 0, 1)";

/**
 * Shows one tile of a wall as large as the window: moves its view to a stage, and back, as the back
 * button does.
 */
export class LargeView {
  readonly #stage: HTMLElement;
  readonly #slot: HTMLElement;
  readonly #tiles: readonly Tile[];
  readonly #onChange: (tile: Tile | undefined) => void;
  #current: Tile | undefined;

  /**
   * @param stage With an element of the class `slot`, which takes the view.
   * @param onChange Called with the tile that is large from now on.
   */
  constructor(stage: HTMLElement, tiles: readonly Tile[], onChange: (tile: Tile | undefined) => void) {
    this.#stage = stage;
    this.#slot = stage.querySelector(".slot") as HTMLElement;
    this.#tiles = tiles;
    this.#onChange = onChange;
    addEventListener("popstate", ({ state }) => this.#show(tiles.find(({ name }) => name === state?.large)));
  }

  get current(): Tile | undefined {
    return this.#current;
  }

  /** @param transition `none` as the page opens: then there is no step back. */
  open(tile: Tile, transition?: Transition): void {
    const isFirst = transition === "none" || history.state?.isFirst === true;
    const isOpen = this.#current !== undefined;
    const entry = { large: tile.name, isFirst: isOpen ? isFirst : transition === "none" };
    // From one tile to the next is no step either.
    if (!isOpen && transition !== "none") history.pushState(entry, "", `#${tile.name}`);
    else history.replaceState(entry, "", `#${tile.name}`);
    this.#show(tile, transition);
  }

  close(): void {
    if (this.#current === undefined) return;
    if (history.state?.large !== undefined && !history.state.isFirst) {
      history.back();
      return;
    }
    history.replaceState(null, "", location.pathname + location.search);
    this.#show(undefined);
  }

  /** Opens the next tile, or the previous one, around the end. */
  step(step: 1 | -1): void {
    const [tiles, current] = [this.#tiles, this.#current];
    const next = current && tiles[(tiles.indexOf(current) + step + tiles.length) % tiles.length];
    if (next !== undefined) this.open(next, step === 1 ? "forwards" : "backwards");
  }

  #show(next: Tile | undefined, transition: Transition = "grow"): void {
    const before = this.#current;
    if (next === before) return;
    const view = (next ?? before)?.view;
    const from = view?.getBoundingClientRect();
    this.#current = next;
    // What is on the stage goes with it. If it has the focus, the tile gets it back.
    const isFocusLost = this.#stage.contains(document.activeElement) || document.activeElement === document.body;
    this.#place(before, next);
    this.#onChange(next);
    if (next === undefined && isFocusLost) before?.link.focus({ preventScroll: true });
    if (view === undefined || from === undefined || transition === "none" || prefersNoMotion()) return;
    if (transition === "grow") grow(view, from);
    else slide(view, transition === "forwards" ? 1 : -1);
  }

  #place(before: Tile | undefined, next: Tile | undefined): void {
    if (before !== undefined) before.link.prepend(before.view);
    this.#stage.hidden = next === undefined;
    document.body.classList.toggle("has-large", next !== undefined);
    if (next !== undefined) this.#slot.replaceChildren(next.view);
    else before?.link.scrollIntoView({ block: "nearest", behavior: "instant" });
  }
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

function prefersNoMotion() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}
