/** A rung left this soon after climbing to it has failed; later, the link has changed. */
const TRIAL_MS = 3000;

/**
 * A failed rung is not probed for this long, doubled each time. Only the first pause counts if the
 * link looks far better.
 */
const FIRST_PAUSE_MS = 4000;
const MAX_PAUSE_MS = 16_000;

/** After there was no room for a rung. */
const REFUSED_PAUSE_MS = 5000;

/** Limits how often a rung above is probed: some links let a burst pass, and then no more. */
export class ProbeBackoff {
  readonly #failures = new Map<number, { readonly count: number; readonly at: number }>();
  readonly #refused = new Map<number, number>();
  #climbedAt = Number.NEGATIVE_INFINITY;

  /** @param isPlenty the link looks far better than the rung needs. */
  mayProbe(rung: number, now: number, isPlenty: boolean): boolean {
    if (this.isRefused(rung, now)) return false;
    const failure = this.#failures.get(rung);
    return failure === undefined || now - failure.at >= (isPlenty ? FIRST_PAUSE_MS : pauseMs(failure.count));
  }

  isRefused(rung: number, now: number): boolean {
    return now < (this.#refused.get(rung) ?? Number.NEGATIVE_INFINITY);
  }

  climbed(now: number): void {
    this.#climbedAt = now;
  }

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
