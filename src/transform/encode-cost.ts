import type { Histogram } from "../util/histogram.ts";
import { RateMeter } from "../util/rate-meter.ts";

/** How much a new encode moves the mean time: about the last ten count. */
const WEIGHT = 0.1;

/** What encodes cost. */
export interface EncodeCost {
  /** Encodes since the camera was first seen so. */
  readonly encodes: number;
  /** Encodes a second, over the last moments. */
  readonly encodesPerSecond: number;
  /** How long one takes on a core, in milliseconds, a mean of the last; 0 before the first. */
  readonly msPerEncode: number;
  /** The share of one core they take: 1 is all of it. */
  readonly cpuShare: number;
}

/** Counts encodes and their time. An encode has a thread of its own, so that its time is CPU time while cores are free. */
export class EncodeCostMeter {
  readonly #times: Histogram | undefined;
  readonly #rate = new RateMeter();
  #encodes = 0;
  #ms = 0;

  /** `times` takes the milliseconds of each encode too, and outlives this. */
  constructor(times?: Histogram) {
    this.#times = times;
  }

  /** Counts an encode that ended now, after `ms` milliseconds. */
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
