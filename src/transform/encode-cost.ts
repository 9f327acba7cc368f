import type { Histogram } from "../util/histogram.ts";
import { RateMeter } from "../util/rate-meter.ts";

/** Weight of a new encode in the mean: about the last ten count. */
const WEIGHT = 0.1;

export interface EncodeCost {
  readonly encodes: number;
  readonly encodesPerSecond: number;
  /** 0 before the first. */
  readonly msPerEncode: number;
  /** Share of one core: 1 is all of it. */
  readonly cpuShare: number;
}

/** Counts encodes and their time. Each has a thread of its own, so its time is CPU time. */
export class EncodeCostMeter {
  readonly #times: Histogram | undefined;
  readonly #rate = new RateMeter();
  #encodes = 0;
  #ms = 0;

  /** @param times outlives this. */
  constructor(times?: Histogram) {
    this.#times = times;
  }

  add(ms: number): void {
    this.#ms += (ms - this.#ms) * (this.#encodes === 0 ? 1 : WEIGHT);
    this.#encodes++;
    this.#times?.add(ms);
    this.#rate.tick(performance.now());
  }

  cost(): EncodeCost {
    const rate = this.#rate.rate(performance.now());
    return {
      encodes: this.#encodes,
      encodesPerSecond: round(rate, 1),
      msPerEncode: round(this.#ms, 1),
      cpuShare: round((rate * this.#ms) / 1000, 3),
    };
  }
}

function round(number: number, digits: number): number {
  return Number(number.toFixed(digits));
}
