/**
 * A link is full when something has waited for so long without a break, in milliseconds; the first part of it goes by while
 * what lies between the two ends fills up.
 */
const FILLING_MS = 150;
const FULL_MS = 450;

/** A full link is known by what it took in the last while, in milliseconds. */
const SLOPE_MS = 1000;

/** What a full link took is the best there is to know of it while it is full, and so shortly after, in milliseconds. */
const FRESH_MS = 500;

/** It is the most that is believed of the link until nothing has waited for so long, in milliseconds … */
const QUIET_MS = 2000;
/** … or it is seen to carry this many times as much, for so long. */
const CLEARLY_MORE = 2;
const CLEARLY_MS = 500;

/**
 * What a link carries, measured while it is full: the truth, where what is measured in passing is a guess, as a reader's
 * system acknowledges what it has received and not what was read.
 */
export class SaturatedRate {
  #busySince: number | undefined;
  #quietSince = Number.NEGATIVE_INFINITY;
  #moreSince: number | undefined;
  /** What had arrived at each step, while it is full. */
  readonly #steps: { readonly at: number; readonly arrived: number }[] = [];
  #measured: { readonly rate: number; readonly at: number } | undefined;

  /** So many bytes have arrived in all, something waits or not, and in passing the link seems to carry `guess` bytes a second. */
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

  /** Bytes a second, in view of what is guessed. */
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
    if (first === undefined || busyMs < FULL_MS || now === first.at) return;
    this.#measured = { rate: ((arrived - first.arrived) / (now - first.at)) * 1000, at: now };
    this.#moreSince = undefined;
  }
}
