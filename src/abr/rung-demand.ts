export interface RungDemandOptions {
  /** Bytes of a picture of a rung, now. */
  readonly bytesAt: (rung: number) => number;
  /** How old pictures may get on their way, in milliseconds. */
  readonly maxLatencyMs: number;
  /** Whether as many as there are are wanted, as long as they are large, and not just as many as make motion smooth. */
  readonly isForEveryFrame: boolean;
}

/** Motion is smooth at so many pictures a second: from there on they may rather be sharp than many. */
const SMOOTH_FPS = 15;

/** The last rung on which every picture counts: down to it only quality is lowered, and hardly to be seen. */
const LAST_FULL_RATE = 1;

/** What one picture may take to pass, as a share of the latency. */
const PASSING = 0.4;

/** What the rungs of a ladder ask of a link. */
export class RungDemand {
  readonly #options: RungDemandOptions;

  constructor(options: RungDemandOptions) {
    this.#options = options;
  }

  /** Pictures a second that are wanted of a rung, where there are `fps`. */
  fpsAt(rung: number, fps: number): number {
    return this.#options.isForEveryFrame && rung <= LAST_FULL_RATE ? fps : Math.min(fps, SMOOTH_FPS);
  }

  /**
   * Whether a link of `rate` bytes a second carries as many pictures of a rung as are wanted, each in time. They may take the share `usable` of it.
   */
  isMet(rung: number, fps: number, rate: number, usable: number): boolean {
    const { bytesAt, maxLatencyMs } = this.#options;
    const bytes = bytesAt(rung);
    return bytes * this.fpsAt(rung, fps) <= rate * usable && bytes * 1000 <= rate * PASSING * maxLatencyMs;
  }
}
