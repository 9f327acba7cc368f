/** Whoever leaves a rung so soon after climbing to it should not have, in milliseconds; later, the link has changed. */
const TRIAL_MS = 3000;

/**
 * How long a rung that failed is not tried again, in milliseconds: twice as long each time, up to what a viewer may wait whose link has recovered;
 * and no longer than the first time where the link looks far better than the rung needs.
 */
const FIRST_PAUSE_MS = 4000;
const MAX_PAUSE_MS = 16_000;

/** How long a rung that there was no room for is left alone, in milliseconds. */
const REFUSED_PAUSE_MS = 5000;

/**
 * Remembers which rungs were climbed to in vain, lest a stream go up and down for ever on a link that looks faster than it is: one
 * that lets a burst pass, and then no more.
 */
export class ProbeBackoff {
  readonly #failures = new Map<number, { readonly count: number; readonly at: number }>();
  readonly #refused = new Map<number, number>();
  #climbedAt = Number.NEGATIVE_INFINITY;

  /** Whether a rung may be climbed to; `isPlenty` where the link looks far better than the rung needs. */
  mayProbe(rung: number, now: number, isPlenty: boolean): boolean {
    if (this.isRefused(rung, now)) return false;
    const failure = this.#failures.get(rung);
    return failure === undefined || now - failure.at >= (isPlenty ? FIRST_PAUSE_MS : pauseMs(failure.count));
  }

  /** Whether there was no room for a rung just now. */
  isRefused(rung: number, now: number): boolean {
    return now < (this.#refused.get(rung) ?? Number.NEGATIVE_INFINITY);
  }

  climbed(now: number): void {
    this.#climbedAt = now;
  }

  /** A rung turned out too much for the link. */
  left(rung: number, now: number): void {
    const { count = 0 } = this.#failures.get(rung) ?? {};
    if (now - this.#climbedAt > TRIAL_MS) this.#failures.delete(rung);
    else this.#failures.set(rung, { count: count + 1, at: now });
  }

  refused(rung: number, now: number): void {
    this.#refused.set(rung, now + REFUSED_PAUSE_MS);
  }
}

function pauseMs(failures: number): number {
  return Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), MAX_PAUSE_MS);
}
