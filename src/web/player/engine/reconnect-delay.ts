/**
 * From a lost connection to the next try. Each is random around these, so that viewers do not
 * reconnect at once.
 */
const PAUSES_MS = [200, 500, 1000, 2000];
/** The same if only WebSockets fail: a proxy that blocks them rarely changes. */
const BLOCKED_PAUSES_MS = [5000, 10_000, 20_000, 40_000, 60_000];

/** How long to wait before the next try, longer each time. */
export class ReconnectDelay {
  #tries = 0;

  reset(): void {
    this.#tries = 0;
  }

  /** Returns the milliseconds to wait, at random around those of the list. */
  next(isBlocked: boolean): number {
    const pauses = isBlocked ? BLOCKED_PAUSES_MS : PAUSES_MS;
    const pauseMs = pauses[Math.min(this.#tries, pauses.length - 1)] as number;
    this.#tries += 1;
    return pauseMs * (0.75 + Math.random() / 2);
  }
}
