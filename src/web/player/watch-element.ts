interface Listener {
  onIntersect(isOnScreen: boolean): void;
  /** Called with what the element can show, in device pixels. */
  onResize(size: Size): void;
}

interface Size {
  width: number;
  height: number;
}

/** While an element is being resized, sizes of a moment are not reported. */
const SETTLE_MS = 150;
/** How far below the window an element counts as on the screen. */
const AHEAD = "120px";

/** Reports when an element comes onto the screen or leaves it, and its size. */
export function watchElement(element: HTMLElement, { onIntersect, onResize }: Listener) {
  const intersection = new IntersectionObserver((entries) => onIntersect(entries.at(-1)?.isIntersecting === true), {
    rootMargin: AHEAD,
  });
  intersection.observe(element);
  let settling: ReturnType<typeof setTimeout> | undefined;
  let size = sizeOf(element);
  const measure = () => {
    const now = sizeOf(element);
    if (now.width === size.width && now.height === size.height) return;
    size = now;
    onResize(size);
  };
  const resize = new ResizeObserver(() => {
    clearTimeout(settling);
    settling = setTimeout(measure, SETTLE_MS);
  });
  resize.observe(element);
  return {
    size,
    end() {
      clearTimeout(settling);
      intersection.disconnect();
      resize.disconnect();
    },
  };
}

function sizeOf({ clientWidth, clientHeight }: HTMLElement): Size {
  const ratio = window.devicePixelRatio || 1;
  return { width: Math.round(clientWidth * ratio), height: Math.round(clientHeight * ratio) };
}
