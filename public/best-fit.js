// @ts-check

const RATIO = 16 / 9;
/** Below this a tile says little: rather scroll. */
const MIN_TILE_PX = 265;

/**
 * Gives a grid the number of columns that makes its tiles as large as the window allows.
 *
 * @param {HTMLElement} grid
 */
export function keepBestFit(grid) {
  const fit = () => {
    const gap = Number.parseFloat(getComputedStyle(grid).columnGap) || 0;
    const width = grid.clientWidth;
    const height = innerHeight - grid.getBoundingClientRect().top - scrollY - gap;
    const count = grid.childElementCount;
    let best = { columns: 1, size: 0 };
    for (let columns = 1; columns <= count; columns++) {
      const rows = Math.ceil(count / columns);
      const across = (width - gap * (columns - 1)) / columns;
      const down = ((height - gap * (rows - 1)) / rows) * RATIO;
      if (columns > 1 && across < MIN_TILE_PX) break;
      const size = Math.min(across, down);
      // A wide grid looks better than a tall one that is hardly larger.
      if (size > best.size * 0.95) best = { columns, size };
    }
    const scrolls = best.size < MIN_TILE_PX;
    grid.style.setProperty("--columns", String(scrolls ? Math.max(1, Math.floor(width / MIN_TILE_PX)) : best.columns));
    grid.style.setProperty("--tile", scrolls ? "1fr" : `minmax(0, ${Math.floor(best.size)}px)`);
  };
  new ResizeObserver(fit).observe(grid);
  addEventListener("resize", fit);
}
