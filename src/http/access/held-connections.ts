/** How often the clock is looked at, in milliseconds: when it is set forward, timers know nothing of it. */
const LOOK_MS = 1000;

/** What lasts for as long as somebody may have it: streams, WebSockets. */
export class HeldConnections {
  readonly #now: () => number;
  readonly #ends = new Set<() => void>();
  #generation = 0;

  /** `now` is in milliseconds since the epoch. */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Another each time that all is ended: what was let in before, and is not held yet, has to be looked at again. */
  get generation(): number {
    return this.#generation;
  }

  /** Ends something at a time, in seconds since the epoch, or when all is ended. Call what is returned when it has ended. */
  hold(expiresAt: number, end: () => void): () => void {
    let timer: NodeJS.Timeout | undefined;
    const wait = () => {
      const leftMs = expiresAt * 1000 - this.#now();
      if (leftMs <= 0) end();
      else timer = setTimeout(wait, Math.min(leftMs, LOOK_MS)).unref();
    };
    wait();
    this.#ends.add(end);
    return () => {
      clearTimeout(timer);
      this.#ends.delete(end);
    };
  }

  endAll(): void {
    this.#generation++;
    for (const end of [...this.#ends]) end();
  }
}
