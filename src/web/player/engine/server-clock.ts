/**
 * The way's length varies: of so many answers the one that came soonest tells the time best (RFC
 * 5905, section 10).
 */
const SAMPLES = 8;

/** The server's clock, as far as can be known here, from its answers to `time`. */
export function createClock() {
  let samples: { wayMs: number; aheadMs: number }[] = [];

  return {
    /** The server has just said what time it is; how long that took, nobody knows. */
    greet(now: number) {
      samples = [{ wayMs: Number.POSITIVE_INFINITY, aheadMs: now - performance.now() }];
    },

    /** @param askedAt By `performance.now()`. */
    learn(askedAt: number, now: number) {
      const wayMs = performance.now() - askedAt;
      samples = [...samples, { wayMs, aheadMs: now - askedAt - wayMs / 2 }].slice(-SAMPLES);
    },

    /**
     * Milliseconds since the epoch by the server's clock. Before it has said anything, our own must
     * do.
     */
    now() {
      const best = samples.reduce((best, sample) => (sample.wayMs < best.wayMs ? sample : best), samples[0] ?? OWN);
      return performance.now() + best.aheadMs;
    },
  };
}

const OWN = { wayMs: Number.POSITIVE_INFINITY, aheadMs: performance.timeOrigin };
