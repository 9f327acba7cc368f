// @ts-check

/** @typedef {{ page: number, wall: number }} Moment */

/** @returns {Moment} */
export function momentNow() {
  return { page: performance.now(), wall: Date.now() };
}

/**
 * Milliseconds since a moment. While a computer sleeps the page's own clock may stand still, and the wall's may be set
 * back: what says more is believed, for a picture is rather to look too old than too new.
 *
 * @param {Moment} moment
 */
export function since({ page, wall }) {
  return Math.max(performance.now() - page, Date.now() - wall);
}
