import { performance } from "node:perf_hooks";
import { TokenBucket } from "../../util/token-bucket.ts";

const SAMPLE_MS = 100;

/** The rest of the time is for frames. */
const BUSY = 0.75;

const FEWER = 0.6;
const MORE = 1.1;

/** In effect all: Node answers no more per second. */
const MAX_PER_SECOND = 100_000;

export interface OverloadOptions {
  /** However busy the process is: viewers alone may keep it busy. */
  readonly minPerSecond: number;
  readonly minBurst: number;
  /** Since its last call, 0 to 1. @default by the event loop */
  readonly busyShare?: () => number;
  readonly now?: () => number;
}

/**
 * Admits requests while the process has time for viewers. No fixed rate fits both a Raspberry Pi
 * and a server.
 */
export class Overload {
  readonly #busyShare: () => number;
  readonly #now: () => number;
  readonly #minPerSecond: number;
  readonly #minBurst: number;
  readonly #bucket = new TokenBucket(MAX_PER_SECOND);
  #perSecond = MAX_PER_SECOND;
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

  take(): boolean {
    const now = this.#now();
    if (now - this.#lookedAt >= SAMPLE_MS) this.#sample(now);
    if (!this.#bucket.take(now)) return false;
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
    this.#perSecond = Math.max(this.#minPerSecond, Math.min(MAX_PER_SECOND, wanted));
    this.#bucket.resize(this.#perSecond, Math.max(this.#minBurst, this.#perSecond / 10));
    this.#lookedAt = now;
    this.#taken = 0;
  }
}

/**
 * https://nodejs.org/api/perf_hooks.html#performanceeventlooputilizationutilization1-utilization2
 */
function eventLoopShare(): () => number {
  let last = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, last);
    last = now;
    return utilization;
  };
}
