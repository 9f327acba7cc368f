export interface RungDemandOptions {
  readonly bytesAt: (rung: number) => number;
  readonly maxLatencyMs: number;
  /** Needs every frame, not just enough for smooth motion. */
  readonly isForEveryFrame: boolean;
}

/** Beyond this rate, sharp frames count more than many. */
const SMOOTH_FPS = 15;

/** Down to this rung, only quality is lowered, hardly visibly. */
const LAST_FULL_RATE = 1;

/** Share of the latency that one frame may take to pass. */
const PASSING = 0.4;

/** Computes what the rungs of a ladder ask of a link. */
export class RungDemand {
  readonly #options: RungDemandOptions;

  constructor(options: RungDemandOptions) {
    this.#options = options;
  }

  fpsAt(rung: number, fps: number): number {
    return this.#options.isForEveryFrame && rung <= LAST_FULL_RATE ? fps : Math.min(fps, SMOOTH_FPS);
  }

  /** Returns whether a link of `rate` bytes per second carries a rung's frames in time. */
  isMet(rung: number, fps: number, rate: number, usable: number): boolean {
    const { bytesAt, maxLatencyMs } = this.#options;
    const bytes = bytesAt(rung);
    return bytes * this.fpsAt(rung, fps) <= rate * usable && bytes * 1000 <= rate * PASSING * maxLatencyMs;
  }
}
