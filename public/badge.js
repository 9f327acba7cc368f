// @ts-check

/**
 * Shows a description in the badge below `element` and on its picture. One that is not live looks old; a card that is
 * true says itself what is wrong, and the notice is there for screen readers.
 *
 * @param {HTMLElement} element
 * @param {import("./describe.js").Description & { link?: string }} description
 */
export function showBadge(element, { mood, state, numbers, notice, card, stale, link = "" }) {
  const badge = /** @type {HTMLElement} */ (element.querySelector(".badge"));
  badge.dataset.mood = mood;
  setText(badge.querySelector(".badge-state"), state);
  setText(badge.querySelector(".badge-numbers"), numbers === "" ? "" : ` · ${numbers}`);
  setText(badge.querySelector(".badge-link"), link);
  setText(element.querySelector(".notice"), notice);
  element.classList.toggle("stale", stale);
  element.classList.toggle("carded", card);
}

/**
 * Leaves equal text alone, or a screen reader would say it again.
 *
 * @param {Element | null} element
 * @param {string} text
 */
function setText(element, text) {
  if (element !== null && element.textContent !== text) element.textContent = text;
}
