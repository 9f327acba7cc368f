/**
 * A fifth more pictures a second than a screen of 60 Hz shows, as they do not come evenly. When
 * canvases together get more, some are shown by the same drawing of the page in any case.
 */
const MOST_FPS = 72;

/** The longest that a picture waits for others, in milliseconds. */
const LONGEST_MS = 50;

/**
 * The same as a share of the time between two pictures of the canvas that gets most: so no canvas
 * misses one.
 */
const SHARE = 0.75;

/**
 * Has canvases that together get more pictures than a screen shows painted at the same moments. A
 * browser without a graphics card draws all of them anew whenever one has changed: with 16 cameras
 * of 640 × 480 and 15 fps, on 2 cores with the server beside it, a picture took 9.6 ms of CPU time
 * of all as they came, and 8.6 in turns (Chromium 156, means of four runs each, 2026-11-28). Where
 * there are fewer pictures nothing waits.
 */
export function createTurns() {
  /** When pictures came in the last second, by their canvas. */
  const cameAt: Map<object, number[]> = new Map();
  let turnAt = Number.NEGATIVE_INFINITY;
  let next: Promise<void> | undefined;

  function gapMs(now: number) {
    let [all, most] = [0, 0];
    for (const times of cameAt.values()) {
      while (times[0] !== undefined && times[0] < now - 1000) times.shift();
      all += times.length;
      most = Math.max(most, times.length);
    }
    return all <= MOST_FPS ? 0 : Math.min(LONGEST_MS, (SHARE * 1000) / most);
  }

  return {
    /** A picture has come for a canvas. */
    came(canvas: object) {
      const times = cameAt.get(canvas) ?? [];
      times.push(performance.now());
      cameAt.set(canvas, times);
    },

    /** A canvas gets no more. */
    left(canvas: object) {
      cameAt.delete(canvas);
    },

    /** Resolves when it is time to paint, for all who wait in the same moment. */
    turn() {
      if (next !== undefined) return next;
      const now = performance.now();
      const waitMs = turnAt + gapMs(now) - now;
      if (waitMs <= 0) {
        turnAt = now;
        return Promise.resolve();
      }
      next = new Promise((resolve) => {
        setTimeout(() => {
          next = undefined;
          turnAt = performance.now();
          resolve();
        }, waitMs);
      });
      return next;
    },
  };
}
