// @ts-check

/**
 * Runs `start` whenever the page comes to be seen and `stop` whenever it no longer is: a hidden tab would otherwise go
 * on receiving pictures at full rate.
 *
 * The first start comes with `pageshow`, thus after `load`, which WebKit never fires once an image is streaming.
 *
 * @param {() => void} start
 * @param {() => void} stop
 */
export function whileShown(start, stop) {
  let running = false;
  /** @param {boolean} shown */
  const update = (shown) => {
    if (shown === running) return;
    running = shown;
    if (shown) start();
    else stop();
  };
  document.addEventListener("visibilitychange", () => update(!document.hidden));
  addEventListener("pagehide", () => update(false));
  addEventListener("pageshow", () => update(!document.hidden));
}
