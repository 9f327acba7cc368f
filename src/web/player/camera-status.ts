interface ViewerStatus {
  /** The `key` the viewer gave in its address. */
  key?: string;
  lagMs: number;
  /** Whether it is sent the camera's card, and no pictures. */
  card: boolean;
}

export interface CameraStatus {
  name: string;
  title?: string;
  state: "idle" | "starting" | "live" | "retrying";
  online: boolean;
  width: number | null;
  height: number | null;
  fps: number;
  frames: number;
  lastError: { message: string; at: number } | null;
  waitingFor: string | null;
  /** Milliseconds since the newest frame, by the server's clock. */
  ageMs: number | null;
  /** Over /live, only how many there are; else those the page may know of. */
  viewers: ViewerStatus[] | number;
  /** How many came since the server's start. */
  messages: number;
  /** How much less this link gets than the camera gives, where that adapts; 0 is nothing less. */
  rung?: number | null;
  /** How far this link is behind. */
  lagMs?: number | null;
}

const TIMEOUT_MS = 4000;

/** Asks for a JSON address again and again, one request at a time. */
export function createPoll<T>(
  urlNow: () => string,
  pauseMs: number,
  onAnswer: (answer: T) => void,
  onFailure: () => void,
) {
  let run: AbortController | undefined;
  let hurry = () => {};

  async function loop(stopped: AbortSignal) {
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

async function ask(url: string, stopped: AbortSignal) {
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
