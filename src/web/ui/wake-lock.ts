/**
 * Keeps the screen on while wanted: a phone that locks takes its camera away. The browser drops the
 * lock when another page is shown, and may refuse it, as with a low battery.
 */
export function createWakeLock() {
  let wanted = false;
  let lock: WakeLockSentinel | undefined;

  async function take() {
    if (!wanted || lock !== undefined || document.hidden || navigator.wakeLock === undefined) return;
    try {
      lock = await navigator.wakeLock.request("screen");
    } catch {
      return;
    }
    lock.addEventListener("release", () => {
      lock = undefined;
    });
    if (!wanted) void lock.release();
  }

  document.addEventListener("visibilitychange", () => void take());

  return {
    want(isOn: boolean) {
      wanted = isOn;
      if (isOn) void take();
      else void lock?.release();
    },
  };
}
