/** A finger that moves less may still mean a tap. */
const FREE_PX = 12;
/** A swipe is a part of the element's width, or quick. */
const PART = 0.22;
const QUICK_PX_PER_MS = 0.45;

/**
 * Reports swipes to the left and right. The element follows the finger. Vertical moves and two
 * fingers stay the browser's.
 *
 * @param element With `touch-action: pan-y pinch-zoom`.
 * @param onSwipe 1 for the next, which comes from the right.
 */
export function enableSwipe(element: HTMLElement, onSwipe: (step: 1 | -1) => void) {
  let start: { id: number; x: number; y: number; at: number } | undefined;
  let isSwiping = false;

  element.addEventListener("pointerdown", ({ pointerId, clientX, clientY, pointerType, isPrimary }) => {
    if (!isPrimary) return end();
    if (pointerType === "mouse" || isZoomed()) return;
    start = { id: pointerId, x: clientX, y: clientY, at: performance.now() };
  });
  element.addEventListener("pointermove", ({ pointerId, clientX, clientY }) => {
    if (start?.id !== pointerId) return;
    const [dx, dy] = [clientX - start.x, clientY - start.y];
    if (!isSwiping && Math.abs(dy) > Math.max(FREE_PX, Math.abs(dx))) return end();
    if (!isSwiping && Math.abs(dx) > FREE_PX) {
      isSwiping = true;
      element.setPointerCapture(pointerId);
    }
    if (isSwiping) element.style.transform = `translateX(${dx}px)`;
  });
  element.addEventListener("pointerup", ({ pointerId, clientX }) => {
    if (start?.id !== pointerId || !isSwiping) return end();
    const dx = clientX - start.x;
    const speed = Math.abs(dx) / (performance.now() - start.at);
    const isFar = Math.abs(dx) > element.clientWidth * PART || speed > QUICK_PX_PER_MS;
    end();
    // The click that follows is not a tap.
    addEventListener("click", swallow, { capture: true, once: true });
    setTimeout(() => removeEventListener("click", swallow, { capture: true }), 50);
    if (isFar) onSwipe(dx < 0 ? 1 : -1);
  });
  element.addEventListener("pointercancel", end);

  function end() {
    start = undefined;
    isSwiping = false;
    element.style.transform = "";
  }
}

function swallow(event: Event) {
  event.stopPropagation();
  event.preventDefault();
}

/** In a zoomed page the same gesture moves the page. */
function isZoomed() {
  return (window.visualViewport?.scale ?? 1) > 1.05;
}
