import type { LargeView, Tile } from "./large-view.ts";

/**
 * Handles the keys of a wall: arrows move among the tiles, or to the next while one is large; Enter
 * follows the link; Escape goes back; digits choose a tile; `f` fills the screen.
 */
export function enableWallKeys(tiles: readonly Tile[], large: LargeView, fillScreen: () => void) {
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (act(event.key)) event.preventDefault();
  });

  function act(key: string) {
    if (key === "f" || key === "F") fillScreen();
    else if (key >= "1" && key <= "9") choose(tiles[Number(key) - 1]);
    else if (key === "Escape" && large.current !== undefined && document.fullscreenElement === null) large.close();
    else if (key.startsWith("Arrow")) return large.current === undefined ? move(key) : step(key);
    else return false;
    return true;
  }

  function choose(tile: Tile | undefined) {
    if (tile !== undefined) large.open(tile, large.current === undefined ? "grow" : "forwards");
  }

  function step(key: string) {
    if (key !== "ArrowLeft" && key !== "ArrowRight") return false;
    large.step(key === "ArrowRight" ? 1 : -1);
    return true;
  }

  /** Moves by the position of tiles: the number of columns changes with the window. */
  function move(key: string) {
    const at = tiles.findIndex(({ link }) => link === document.activeElement);
    const [first] = tiles;
    if (at < 0) {
      first?.link.focus();
      return true;
    }
    const columns = tiles.filter(({ link }) => link.offsetTop === first?.link.offsetTop).length;
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns };
    tiles[at + (steps[key as keyof typeof steps] ?? 0)]?.link.focus();
    return true;
  }
}

function isTyping(target: EventTarget | null) {
  return target instanceof Element && target.matches("input:not([type=range], [type=checkbox]), select, textarea");
}
