import { enableSwipe } from "../ui/swipe.ts";

/**
 * Has swipes and arrow keys lead to the cameras before and after, where the page has links to them,
 * and `f` fill the screen.
 */
export function enableNeighbours(view: HTMLElement, fillScreen: () => void) {
  const links = { "-1": linkTo("prev"), 1: linkTo("next") } as const;
  const go = (step: 1 | -1) => links[step]?.click();
  if (links[1] !== null) enableSwipe(view, go);
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || isUsed(event.target)) return;
    if (event.key === "ArrowRight") go(1);
    else if (event.key === "ArrowLeft") go(-1);
    else if (event.key === "f") fillScreen();
  });
}

function linkTo(rel: "prev" | "next") {
  return document.querySelector(`a[rel="${rel}"]`) as HTMLAnchorElement | null;
}

/** Fields and sliders have a use of their own for these keys, and a dialog hides the page. */
function isUsed(target: EventTarget | null) {
  if (document.querySelector("dialog[open]") !== null) return true;
  return target instanceof Element && target.closest("input, select, textarea, .message-list") !== null;
}
