const TIMEOUT_MS = 4000;

/** Asks for a JSON address again and again, one request at a time. */
export class JsonPoller<T> {
  readonly #url: () => string;
  readonly #pauseMs: number;
  readonly #onAnswer: (answer: T) => void;
  readonly #onFailure: () => void;
  readonly #stopped = new AbortController();
  #endPause = () => {};

  constructor(url: () => string, pauseMs: number, onAnswer: (answer: T) => void, onFailure: () => void) {
    this.#url = url;
    this.#pauseMs = pauseMs;
    this.#onAnswer = onAnswer;
    this.#onFailure = onFailure;
    void this.#loop();
  }

  stop(): void {
    this.#stopped.abort();
  }

  /** Asks again now, rather than after the pause. */
  hurry(): void {
    this.#endPause();
  }

  async #loop(): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      const answer = await fetchJson<T>(this.#url(), signal);
      if (signal.aborted) return;
      if (answer === undefined) this.#onFailure();
      else this.#onAnswer(answer);
      await new Promise<void>((resolve) => {
        this.#endPause = resolve;
        setTimeout(resolve, this.#pauseMs);
      });
    }
  }
}

async function fetchJson<T>(url: string, stopped: AbortSignal): Promise<T | undefined> {
  const request = new AbortController();
  const abort = () => request.abort();
  const timer = setTimeout(abort, TIMEOUT_MS);
  stopped.addEventListener("abort", abort);
  try {
    const response = await fetch(url, { signal: request.signal, cache: "no-store" });
    // A 404 is an answer, too: there is no such camera.
    return response.ok || response.status === 404 ? await response.json() : undefined;
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
    stopped.removeEventListener("abort", abort);
  }
}
