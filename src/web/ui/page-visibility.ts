/**
 * Runs `start` whenever the page comes to be seen and `stop` whenever it is hidden: a hidden tab
 * would otherwise go on receiving frames at full rate. Returns a function that ends that.
 *
 * The first start comes with `pageshow`, thus after `load`, which WebKit never fires once an image
 * is streaming. In a page that was loaded before it comes at once.
 */
export function whileShown(start: () => void, stop: () => void): () => void {
  let running = false;
  const ended = new AbortController();
  const { signal } = ended;
  const update = (shown: boolean) => {
    if (shown === running || signal.aborted) return;
    running = shown;
    if (shown) start();
    else stop();
  };
  document.addEventListener("visibilitychange", () => update(!document.hidden), { signal });
  addEventListener("pagehide", () => update(false), { signal });
  addEventListener("pageshow", () => update(!document.hidden), { signal });
  if (document.readyState === "complete") queueMicrotask(() => update(!document.hidden));
  return () => ended.abort();
}

/**
 * Calls `show` when the page comes to be seen or hidden, `hurry` when there is a network again, and
 * `leave` when the page is left. Returns a function that ends that.
 */
export function watchPage({
  show,
  hurry,
  leave,
}: {
  show: (isShown: boolean) => void;
  hurry: () => void;
  leave: () => void;
}) {
  const unwatch = whileShown(
    () => show(true),
    () => show(false),
  );
  addEventListener("online", hurry);
  addEventListener("pagehide", leave);
  return () => {
    unwatch();
    removeEventListener("online", hurry);
    removeEventListener("pagehide", leave);
  };
}
