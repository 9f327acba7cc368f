export type Moment = { page: number; wall: number };

export function momentNow(): Moment {
  return { page: performance.now(), wall: Date.now() };
}

/**
 * Returns the milliseconds since a moment. While a computer sleeps, the page's own clock may stand
 * still, and the wall clock may be set back. The longer time counts: a frame had better look too
 * old than too new.
 */
export function since({ page, wall }: Moment) {
  return Math.max(performance.now() - page, Date.now() - wall);
}
