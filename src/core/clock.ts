/** In milliseconds since the epoch. No clock that is right shows an earlier year than this program was written in. */
export const EARLIEST = Date.UTC(2026, 0);

/** Epoch time at which `performance.now()` was 0, in milliseconds. */
let origin = performance.timeOrigin;

/**
 * Milliseconds since the epoch with a fraction, following the system clock.
 *
 * `performance.timeOrigin` alone is wrong for ever on a machine whose clock is set after boot, as on a Raspberry Pi,
 * which has none of its own: so the origin is taken anew whenever the two differ by more than `Date.now()` rounds.
 */
export function epochNow(): number {
  const now = origin + performance.now();
  const wall = Date.now();
  if (now >= wall - 1 && now < wall + 2) return now;
  origin = wall - performance.now();
  return wall;
}
