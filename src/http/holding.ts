/** Longer waits than this, in milliseconds, setTimeout does not know (https://nodejs.org/api/timers.html). */
const MAX_WAIT_MS = 2 ** 31 - 1;

/** What lasts for as long as somebody may have it: streams, WebSockets. */
export class Holding {
  readonly #ends = new Set<() => void>();

  /** Ends something at a time, in seconds since the epoch, or when all is ended. Call what is returned when it has ended. */
  until(expiresAt: number, end: () => void): () => void {
    let timer: NodeJS.Timeout | undefined;
    const wait = () => {
      const leftMs = expiresAt * 1000 - Date.now();
      if (leftMs <= 0) end();
      else timer = setTimeout(wait, Math.min(leftMs, MAX_WAIT_MS)).unref();
    };
    wait();
    this.#ends.add(end);
    return () => {
      clearTimeout(timer);
      this.#ends.delete(end);
    };
  }

  endAll(): void {
    for (const end of [...this.#ends]) end();
  }
}
