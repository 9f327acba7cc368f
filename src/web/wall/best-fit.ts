/** Of a tile before its picture has come, and of a wall whose pictures are of all shapes. */
const RATIO = 16 / 9;
/** Taller tiles, as of phones held upright, would leave little of a wall. */
const MIN_RATIO = 4 / 3;
/** Below this a tile says little: rather scroll. */
const MIN_TILE_PX = 265;
const LOOK_MS = 1000;

/**
 * Gives a grid the number of columns that makes its tiles as large as the window allows, and the
 * tiles the shape of most of their pictures.
 *
 * @param tiles Each view says its picture's shape in `--ratio`. There may be others later: then set
 *   the columns again.
 * @returns Sets the number of columns; 0 is as many as fit best.
 */
export function keepBestFit(grid: HTMLElement, tiles: readonly { view: HTMLElement }[]): (columns: number) => void {
  let chosen = 0;
  let ratio = RATIO;

  function fit() {
    const gap = Number.parseFloat(getComputedStyle(grid).columnGap) || 0;
    const { paddingLeft, paddingRight } = getComputedStyle(grid);
    const width = grid.clientWidth - Number.parseFloat(paddingLeft) - Number.parseFloat(paddingRight);
    const height = innerHeight - grid.getBoundingClientRect().top - scrollY - gap;
    grid.style.setProperty("--shape", String(ratio));
    if (chosen > 0) return set(chosen, "minmax(0, 1fr)");
    const best = bestOf({ count: tiles.length, width, height, gap, ratio });
    const scrolls = best.size < MIN_TILE_PX;
    if (scrolls) set(Math.max(1, Math.floor(width / MIN_TILE_PX)), "minmax(0, 1fr)");
    else set(best.columns, `minmax(0, ${Math.floor(best.size)}px)`);
  }

  function set(columns: number, tile: string) {
    grid.style.setProperty("--columns", String(columns));
    grid.style.setProperty("--tile", tile);
  }

  function look() {
    const now = commonRatio(tiles);
    if (now === ratio) return;
    ratio = now;
    fit();
  }

  new ResizeObserver(fit).observe(grid);
  addEventListener("resize", fit);
  setInterval(look, LOOK_MS);
  return (columns) => {
    chosen = columns;
    fit();
  };
}

function bestOf({
  count,
  width,
  height,
  gap,
  ratio,
}: {
  count: number;
  width: number;
  height: number;
  gap: number;
  ratio: number;
}) {
  let best = { columns: 1, size: 0 };
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns);
    const across = (width - gap * (columns - 1)) / columns;
    const down = ((height - gap * (rows - 1)) / rows) * ratio;
    if (columns > 1 && across < MIN_TILE_PX) break;
    const size = Math.min(across, down);
    // A wide grid looks better than a tall one that is hardly larger.
    if (size > best.size * 0.95) best = { columns, size };
  }
  return best;
}

function commonRatio(tiles: readonly { view: HTMLElement }[]) {
  const ratios = tiles.flatMap(({ view }) => {
    const [width = 0, height = 0] = view.style.getPropertyValue("--ratio").split("/").map(Number);
    return width > 0 && height > 0 ? [width / height] : [];
  });
  const middle = ratios.sort((a, b) => a - b)[Math.floor(ratios.length / 2)] ?? RATIO;
  const isCommon = ratios.filter((one) => Math.abs(one / middle - 1) < 0.05).length > ratios.length / 2;
  return isCommon ? Math.min(Math.max(middle, MIN_RATIO), 2.4) : RATIO;
}
