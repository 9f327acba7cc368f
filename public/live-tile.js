// @ts-check

/** @typedef {import("./live-header.js").LivePicture} LivePicture */

/**
 * Of a camera whose pictures have no more pixels than this the whole ones are taken, however small the tile: sixteen of
 * 640 × 480 at 15 a second, each encoded anew for its tile, took a server of two cores down to 4 a second (2026-11-28).
 */
const SMALL_PIXELS = 400_000;
/** What the rate is taken over. */
const WINDOW_MS = 2000;

/**
 * How a tile is.
 *
 * @typedef {object} TileReport
 * @property {number} tile
 * @property {boolean} isFresh Whether its present subscription has brought a picture.
 * @property {boolean} isCard Whether what is painted is a card.
 * @property {number | null} ageMs Of the camera's own picture that is painted; null while there is none, or a card.
 * @property {number} fps Painted in the last moments.
 * @property {number} painted Pictures, since the start.
 * @property {number} width Of what is painted, in pixels; 0 before the first.
 * @property {number} height
 */

/**
 * One canvas and its subscription.
 *
 * @param {object} parts
 * @param {number} parts.number
 * @param {string} parts.camera
 * @param {string} parts.query
 * @param {ReturnType<typeof import("./live-painter.js").createPainter>} parts.painter
 */
export function createTile({ number, camera, query, painter }) {
  /** When pictures were painted, oldest first. @type {number[]} */
  let times = [];
  let painted = 0;
  let isFresh = false;
  /** @type {LivePicture | undefined} */
  let last;

  const tile = {
    number,
    camera,
    query,
    painter,
    /** Of its subscription; nothing while it has none. @type {number | undefined} */
    id: undefined,
    wanted: false,
    isMirrored: false,
    /** What it can show, in device pixels. */
    width: 0,
    height: 0,
    /** Whether the camera's pictures are so small that to have them made smaller is not worth the while. */
    isSmall: false,

    /**
     * The size of the camera's own pictures.
     *
     * @param {number | null} width
     * @param {number | null} height
     * @returns {boolean} Whether that changes what is to be asked for.
     */
    learn(width, height) {
      const was = tile.isSmall;
      tile.isSmall = width !== null && height !== null && width * height <= SMALL_PIXELS;
      return tile.isSmall !== was;
    },

    /**
     * @param {{ wanted: boolean, width: number, height: number }} message
     * @returns {boolean} Whether that is another size.
     */
    want({ wanted, width, height }) {
      const isNew = width !== tile.width || height !== tile.height;
      [tile.wanted, tile.width, tile.height] = [wanted, width, height];
      return isNew;
    },

    /** @param {number} id */
    begin(id) {
      [tile.id, isFresh, times] = [id, false, []];
    },

    end() {
      [tile.id, isFresh] = [undefined, false];
    },

    /**
     * @param {LivePicture} picture
     * @returns {boolean} Whether that is news: the first, of another kind, or another size.
     */
    painted(picture) {
      const isNews = !isFresh || last?.isCard !== picture.isCard || size !== sizeOf();
      painted += 1;
      [last, isFresh, size] = [picture, true, sizeOf()];
      const now = performance.now();
      times = times.filter((time) => now - time < WINDOW_MS);
      times.push(now);
      return isNews;
    },

    /**
     * @param {number} serverNow
     * @returns {TileReport}
     */
    report(serverNow) {
      const isCard = last?.isCard === true;
      const ageMs = last === undefined || isCard ? null : Math.max(0, serverNow - last.capturedAt);
      const { width, height } = last === undefined ? { width: 0, height: 0 } : painter.canvas;
      return { tile: number, isFresh, isCard, ageMs, fps: rate(), painted, width, height };
    },
  };

  const sizeOf = () => `${painter.canvas.width}x${painter.canvas.height}`;
  let size = "";

  function rate() {
    const now = performance.now();
    times = times.filter((time) => now - time < WINDOW_MS);
    const [first, last] = [times[0], times.at(-1)];
    if (first === undefined || last === undefined || last === first) return 0;
    return ((times.length - 1) * 1000) / (last - first);
  }

  return tile;
}
