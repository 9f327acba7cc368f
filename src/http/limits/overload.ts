import { performance } from "node:perf_hooks";
import { TokenBucket } from "../../util/token-bucket.ts";

/** How often it is looked at how busy the process is, in milliseconds: some times in a second, and not for every picture. */
const SAMPLE_MS = 100;

/** From this share of the time on fewer are let through. The rest is for pictures, which come when they come. */
const BUSY = 0.75;

/** By what the rate changes with each look, while the process is too busy and while it is not. */
const FEWER = 0.6;
const MORE = 1.1;

/** In effect all: Node answers no more in a second. */
const MOST = 100_000;

export interface OverloadOptions {
  /** So many a second are let through however busy the process is, since viewers alone may keep it so. */
  readonly minPerSecond: number;
  /** As many at once. */
  readonly minBurst: number;
  /** In which share of the time since it was last asked the process had something to do, from 0 to 1. @default by its event loop */
  readonly busyShare?: () => number;
  /** A clock in milliseconds that never goes back. */
  readonly now?: () => number;
}

/**
 * How much may be answered so that the process has time left for those who watch: everything, until it is too busy. A fixed rate
 * would be too high for a Raspberry Pi, and too low for a server.
 */
export class Overload {
  readonly #busyShare: () => number;
  readonly #now: () => number;
  readonly #minPerSecond: number;
  readonly #minBurst: number;
  readonly #allowance = new TokenBucket(MOST);
  #perSecond = MOST;
  #taken = 0;
  #lookedAt: number;

  constructor({
    minPerSecond,
    minBurst,
    busyShare = eventLoopShare(),
    now = () => performance.now(),
  }: OverloadOptions) {
    this.#minPerSecond = minPerSecond;
    this.#minBurst = minBurst;
    this.#busyShare = busyShare;
    this.#now = now;
    this.#lookedAt = now();
  }

  /** Whether one more is to be answered. */
  take(): boolean {
    const now = this.#now();
    if (now - this.#lookedAt >= SAMPLE_MS) this.#sample(now);
    if (!this.#allowance.take(now)) return false;
    this.#taken++;
    return true;
  }

  #sample(now: number): void {
    const elapsedMs = now - this.#lookedAt;
    const rate = (this.#taken * 1000) / elapsedMs;
    const wanted =
      this.#busyShare() > BUSY
        ? Math.min(this.#perSecond, rate) * FEWER
        : this.#perSecond * MORE ** (elapsedMs / SAMPLE_MS);
    this.#perSecond = Math.max(this.#minPerSecond, Math.min(MOST, wanted));
    this.#allowance.resize(this.#perSecond, Math.max(this.#minBurst, this.#perSecond / 10));
    this.#lookedAt = now;
    this.#taken = 0;
  }
}

/** https://nodejs.org/api/perf_hooks.html#performanceeventlooputilizationutilization1-utilization2 */
function eventLoopShare(): () => number {
  let last = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, last);
    last = now;
    return utilization;
  };
}
