/**
 * Of this many samples the one with the shortest round trip tells the time best (RFC 5905, section
 * 10).
 */
const SAMPLES = 8;

interface Sample {
  readonly rttMs: number;
  /** How far the server's clock is ahead of `performance.now()`. */
  readonly aheadMs: number;
}

/** This computer's own clock, which must do until the server has said anything. */
const OWN: Sample = { rttMs: Number.POSITIVE_INFINITY, aheadMs: performance.timeOrigin };

/** Estimates the server's clock from its answers to `time`. */
export class ServerClock {
  #samples: Sample[] = [];

  /** Takes the time of the server's hello, which took nobody knows how long. */
  greet(now: number): void {
    this.#samples = [{ rttMs: Number.POSITIVE_INFINITY, aheadMs: now - performance.now() }];
  }

  /** Takes the server's time `now`, requested at `sentAt` by `performance.now()`. */
  sample(sentAt: number, now: number): void {
    const rttMs = performance.now() - sentAt;
    this.#samples = [...this.#samples, { rttMs, aheadMs: now - sentAt - rttMs / 2 }].slice(-SAMPLES);
  }

  /** Returns milliseconds since the epoch by the server's clock. */
  now(): number {
    const first = this.#samples[0] ?? OWN;
    const best = this.#samples.reduce((best, sample) => (sample.rttMs < best.rttMs ? sample : best), first);
    return performance.now() + best.aheadMs;
  }
}
