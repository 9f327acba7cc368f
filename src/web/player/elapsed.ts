export type Moment = { page: number; wall: number };

export function momentNow(): Moment {
  return { page: performance.now(), wall: Date.now() };
}

/**
 * Milliseconds since a moment. While a computer sleeps the page's own clock may stand still, and
 * the wall's may be set back: what says more is believed, for a picture is rather to look too old
 * than too new.
 */
export function since({ page, wall }: Moment) {
  return Math.max(performance.now() - page, Date.now() - wall);
}
