/**
 * Runs `start` whenever the page comes to be seen and `stop` whenever it no longer is: a hidden tab
 * would otherwise go on receiving pictures at full rate.
 *
 * The first start comes with `pageshow`, thus after `load`, which WebKit never fires once an image
 * is streaming; at once in a page that was loaded before.
 *
 * @returns Ends that, and runs neither any more.
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
 * Tells what becomes of the page and its network. Gives what ends that.
 *
 * @param told `hurry` when there is a network again, `leave` when the page is left.
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
