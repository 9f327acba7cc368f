// @ts-check

/**
 * @typedef {object} ViewerStatus
 * @property {string} [key] The `key` the viewer gave in its address.
 * @property {number} lagMs
 * @property {boolean} card Whether it is sent the camera's card, and no pictures.
 *
 * @typedef {object} CameraStatus
 * @property {string} name
 * @property {string} [title]
 * @property {"idle" | "starting" | "live" | "retrying"} state
 * @property {boolean} online
 * @property {number | null} width
 * @property {number | null} height
 * @property {number} fps
 * @property {number} frames
 * @property {{ message: string, at: number } | null} lastError
 * @property {string | null} waitingFor
 * @property {number | null} ageMs Milliseconds since the newest frame, by the server's clock.
 * @property {ViewerStatus[] | number} viewers Over /live, only how many there are; else those the page may know of.
 * @property {number} messages How many came since the server's start.
 * @property {number | null} [rung] How much less this link gets than the camera gives, where that adapts; 0 is nothing less.
 * @property {number | null} [lagMs] How far this link is behind.
 */

const TIMEOUT_MS = 4000;

/**
 * Asks for a JSON address again and again, one request at a time.
 *
 * @template T
 * @param {() => string} urlNow
 * @param {number} pauseMs
 * @param {(answer: T) => void} onAnswer
 * @param {() => void} onFailure
 */
export function createPoll(urlNow, pauseMs, onAnswer, onFailure) {
  /** @type {AbortController | undefined} */
  let run;
  let hurry = () => {};

  /** @param {AbortSignal} stopped */
  async function loop(stopped) {
    while (!stopped.aborted) {
      const answer = await ask(urlNow(), stopped);
      if (stopped.aborted) return;
      if (answer === undefined) onFailure();
      else onAnswer(answer);
      await new Promise((resolve) => {
        hurry = () => resolve(undefined);
        setTimeout(resolve, pauseMs);
      });
    }
  }

  return {
    start() {
      run?.abort();
      run = new AbortController();
      void loop(run.signal);
    },
    stop() {
      run?.abort();
    },
    /** Asks again now, rather than after the pause. */
    hurry: () => hurry(),
  };
}

/**
 * @param {string} url
 * @param {AbortSignal} stopped
 */
async function ask(url, stopped) {
  const request = new AbortController();
  const abort = () => request.abort();
  const timer = setTimeout(abort, TIMEOUT_MS);
  stopped.addEventListener("abort", abort);
  try {
    const response = await fetch(url, { signal: request.signal, cache: "no-store" });
    // That what is asked for is not there is an answer, too.
    return response.ok || response.status === 404 ? await response.json() : undefined;
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
    stopped.removeEventListener("abort", abort);
  }
}
