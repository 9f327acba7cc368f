/** First the buffers between its ends fill up. */
const FILLING_MS = 150;
const SATURATED_MS = 450;

const SLOPE_MS = 1000;

const FRESH_MS = 500;

/** It limits what is believed of the link until nothing has waited for this long … */
const QUIET_MS = 2000;
/** … or the link is seen to carry this many times as much, for that long. */
const CLEARLY_MORE = 2;
const CLEARLY_MS = 500;

/**
 * Measures a link while it is saturated. Otherwise a rate is a guess, since a reader's system
 * acknowledges bytes that were not read.
 */
export class SaturatedRate {
  #busySince: number | undefined;
  #quietSince = Number.NEGATIVE_INFINITY;
  #moreSince: number | undefined;
  readonly #steps: { readonly at: number; readonly arrived: number }[] = [];
  #measured: { readonly rate: number; readonly at: number } | undefined;

  sample(now: number, arrived: number, isBusy: boolean, guess: number): void {
    if (isBusy) {
      this.#busySince ??= now;
      this.#quietSince = now;
      this.#measure(now, arrived, now - this.#busySince);
      return;
    }
    this.#busySince = undefined;
    this.#steps.length = 0;
    const isMore =
      this.#measured !== undefined && guess !== Number.POSITIVE_INFINITY && guess > CLEARLY_MORE * this.#measured.rate;
    this.#moreSince = isMore ? (this.#moreSince ?? now) : undefined;
    const isClear = this.#moreSince !== undefined && now - this.#moreSince >= CLEARLY_MS;
    if (isClear || now - this.#quietSince > QUIET_MS) this.#measured = undefined;
  }

  rate(now: number, guess: number): number {
    if (this.#measured === undefined) return guess;
    const { rate, at } = this.#measured;
    return now - at < FRESH_MS ? rate : Math.min(rate, guess);
  }

  #measure(now: number, arrived: number, busyMs: number): void {
    const isStep = arrived > (this.#steps.at(-1)?.arrived ?? Number.NEGATIVE_INFINITY);
    if (busyMs < FILLING_MS || !isStep) return;
    this.#steps.push({ at: now, arrived });
    while ((this.#steps[1]?.at ?? now) < now - SLOPE_MS) this.#steps.shift();
    const [first] = this.#steps;
    if (first === undefined || busyMs < SATURATED_MS || now === first.at) return;
    this.#measured = { rate: ((arrived - first.arrived) / (now - first.at)) * 1000, at: now };
    this.#moreSince = undefined;
  }
}
