// @ts-check
import { enableSwipe } from "./swipe.js";

/**
 * Has swipes and arrow keys lead to the cameras before and after, where the page has links to them, and `f` fill the
 * screen.
 *
 * @param {HTMLElement} view
 * @param {() => void} fillScreen
 */
export function enableNeighbours(view, fillScreen) {
  const links = /** @type {const} */ ({ "-1": linkTo("prev"), 1: linkTo("next") });
  /** @param {1 | -1} step */
  const go = (step) => links[step]?.click();
  if (links[1] !== null) enableSwipe(view, go);
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || isUsed(event.target)) return;
    if (event.key === "ArrowRight") go(1);
    else if (event.key === "ArrowLeft") go(-1);
    else if (event.key === "f") fillScreen();
  });
}

/** @param {"prev" | "next"} rel */
function linkTo(rel) {
  return /** @type {HTMLAnchorElement | null} */ (document.querySelector(`a[rel="${rel}"]`));
}

/** Fields and sliders have a use of their own for these keys, and a dialog hides the page. @param {EventTarget | null} target */
function isUsed(target) {
  if (document.querySelector("dialog[open]") !== null) return true;
  return target instanceof Element && target.closest("input, select, textarea, .message-list") !== null;
}
