import type { createPainter } from "./painter.ts";
import type { LivePicture } from "./read-frame.ts";

/**
 * Of a camera whose pictures have no more pixels than this the whole ones are taken, however small
 * the tile: sixteen of 640 × 480 at 15 a second, each encoded anew for its tile, took a server of
 * two cores down to 4 a second (2026-11-28).
 */
const SMALL_PIXELS = 400_000;
/** What the rate is taken over. */
const WINDOW_MS = 2000;

/* How a tile is. */

export interface TileReport {
  tile: number;
  /** Whether its present subscription has brought a picture. */
  isFresh: boolean;
  /** Whether what is painted is a card. */
  isCard: boolean;
  /** Of the camera's own picture that is painted; null while there is none, or a card. */
  ageMs: number | null;
  /** Between the last two of the camera's pictures that came; null before. */
  intervalMs: number | null;
  /** Painted in the last moments. */
  fps: number;
  /** Pictures, since the start. */
  painted: number;
  /** Of what is painted, in pixels; 0 before the first. */
  width: number;
  height: number;
}

/** One canvas and its subscription. */
export function createTile({
  number,
  camera,
  query,
  painter,
}: {
  number: number;
  camera: string;
  query: string;
  painter: ReturnType<typeof createPainter>;
}) {
  /** When pictures were painted, oldest first. */
  let times: number[] = [];
  let painted = 0;
  let isFresh = false;
  let intervalMs: number | null = null;
  let last: LivePicture | undefined;

  const tile = {
    number,
    camera,
    query,
    painter,
    /** Of its subscription; nothing while it has none. */
    id: undefined as number | undefined,
    wanted: false,
    isMirrored: false,
    /** What it can show, in device pixels. */
    width: 0,
    height: 0,
    /**
     * Whether the camera's pictures are so small that to have them made smaller is not worth the
     * while.
     */
    isSmall: false,

    /**
     * The size of the camera's own pictures.
     *
     * @returns Whether that changes what is to be asked for.
     */
    learn(width: number | null, height: number | null): boolean {
      const was = tile.isSmall;
      tile.isSmall = width !== null && height !== null && width * height <= SMALL_PIXELS;
      return tile.isSmall !== was;
    },

    /** @returns Whether that is another size. */
    want({ wanted, width, height }: { wanted: boolean; width: number; height: number }): boolean {
      const isNew = width !== tile.width || height !== tile.height;
      [tile.wanted, tile.width, tile.height] = [wanted, width, height];
      return isNew;
    },

    begin(id: number) {
      [tile.id, isFresh, times] = [id, false, []];
    },

    end() {
      [tile.id, isFresh] = [undefined, false];
    },

    /** @returns Whether that is news: the first, of another kind, or another size. */
    painted(picture: LivePicture): boolean {
      const isNews = !isFresh || last?.isCard !== picture.isCard || size !== sizeOf();
      painted += 1;
      // Of one subscription, or it would say how long nobody looked.
      const isNext = isFresh && last !== undefined && !last.isCard && !picture.isCard;
      const apartMs = isNext ? picture.capturedAt - (last as LivePicture).capturedAt : 0;
      // The same comes again in another size, when that changes.
      if (apartMs > 0) intervalMs = apartMs;
      [last, isFresh, size] = [picture, true, sizeOf()];
      const now = performance.now();
      times = times.filter((time) => now - time < WINDOW_MS);
      times.push(now);
      return isNews;
    },

    report(serverNow: number): TileReport {
      const isCard = last?.isCard === true;
      const ageMs = last === undefined || isCard ? null : Math.max(0, serverNow - last.capturedAt);
      const { width, height } = last === undefined ? { width: 0, height: 0 } : painter.canvas;
      return { tile: number, isFresh, isCard, ageMs, intervalMs, fps: rate(), painted, width, height };
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
