/** No right clock shows an earlier year than this program's first. */
export const EARLIEST = Date.UTC(2026, 0);

/** The epoch time at which `performance.now()` was 0. */
let origin = performance.timeOrigin;

/**
 * Returns ms since the epoch, with a fraction, for people to read. Ages and order are
 * decided by `performance.now()`, since clocks are set.
 *
 * `performance.timeOrigin` alone stays wrong if the clock is set after boot, as on a
 * Raspberry Pi. So the origin is set again whenever it is off by more than `Date.now()`
 * rounds.
 */
export function epochNow(): number {
  return epochOf(performance.now());
}

/**
 * Returns a time of `performance.now()` by the present system clock, in ms since the
 * epoch. So times from before the clock was set are right, too.
 */
export function epochOf(at: number): number {
  const before = performance.now();
  const wall = Date.now();
  const after = performance.now();
  // The process may have been suspended between the two.
  if (wall <= origin + before - 2 || wall > origin + after + 1) origin = wall - after;
  return origin + at;
}
