/** No right clock shows an earlier year than this program's first. */
export const EARLIEST = Date.UTC(2026, 0);

let origin = performance.timeOrigin;

/**
 * Returns ms since the epoch, with a fraction, for people. Compare ages by `performance.now()`.
 *
 * `performance.timeOrigin` stays wrong if the clock is set after boot, as on a Raspberry Pi, so the
 * origin is set again when it is off.
 */
export function epochNow(): number {
  return epochOf(performance.now());
}

/** Converts a time of `performance.now()` to ms since the epoch by the present clock. */
export function epochOf(at: number): number {
  const before = performance.now();
  const wall = Date.now();
  const after = performance.now();
  // The process may have been suspended between the two.
  if (wall <= origin + before - 2 || wall > origin + after + 1) origin = wall - after;
  return origin + at;
}
