import type { Description } from "../player/describe.ts";

/**
 * Shows a description in the badge below `element` and on its picture. A frame that is not live
 * looks old. A current placeholder says itself what is wrong: its notice is for screen readers.
 */
export function showBadge(
  element: HTMLElement,
  { mood, state, numbers, notice, card, stale, link = "" }: Description & { link?: string },
) {
  const badge = element.querySelector(".badge") as HTMLElement;
  badge.dataset["mood"] = mood;
  setText(badge.querySelector(".badge-state"), state);
  setText(badge.querySelector(".badge-numbers"), numbers === "" ? "" : ` · ${numbers}`);
  setText(badge.querySelector(".badge-link"), link);
  setText(element.querySelector(".notice"), notice);
  element.classList.toggle("stale", stale);
  element.classList.toggle("carded", card);
}

/** Leaves equal text alone: a screen reader would say it again. */
function setText(element: Element | null, text: string) {
  if (element !== null && element.textContent !== text) element.textContent = text;
}
