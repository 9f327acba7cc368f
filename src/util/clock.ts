/** In milliseconds since the epoch. No clock that is right shows an earlier year than this program was written in. */
export const EARLIEST = Date.UTC(2026, 0);

/** Epoch time at which `performance.now()` was 0, in milliseconds. */
let origin = performance.timeOrigin;

/**
 * Returns milliseconds since the epoch with a fraction, by the system clock: for what people read. What an age or an order
 * is decided by is `performance.now()`, since the system clock may be set at any time.
 *
 * `performance.timeOrigin` alone is wrong for ever on a machine whose clock is set after boot, as on a Raspberry Pi,
 * which has none of its own: so the origin is taken anew whenever the two differ by more than `Date.now()` rounds.
 */
export function epochNow(): number {
  return epochOf(performance.now());
}

/**
 * Returns what the system clock, as it is now, says of a moment by `performance.now()`, in milliseconds since the epoch. So
 * what came before the clock was set is told as if it had been right then.
 */
export function epochOf(at: number): number {
  const before = performance.now();
  const wall = Date.now();
  const after = performance.now();
  // Between the two the process may have waited for its turn, which is no difference.
  if (wall <= origin + before - 2 || wall > origin + after + 1) origin = wall - after;
  return origin + at;
}
