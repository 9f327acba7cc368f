/** Timers do not notice when the clock is set forward. */
const LOOK_MS = 1000;

/** Ends streams and WebSockets when their authorization ends. */
export class HeldConnections {
  readonly #now: () => number;
  readonly #ends = new Set<() => void>();
  #generation = 0;

  /** `now` returns epoch milliseconds. */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Changes with each `endAll`: requests authorized before are checked again. */
  get generation(): number {
    return this.#generation;
  }

  /** Calls `end` at `expiresAt` (epoch seconds), or at `endAll`. Returns how to release it. */
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
