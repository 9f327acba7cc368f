import type { FrameSize } from "../jpeg/read-header.ts";

/** A try: at this quality, and brought to this size. */
export interface Attempt {
  readonly quality: number;
  readonly size: FrameSize;
}

/** Quality is not lowered under it, 1 to 100; from there on the size is. */
const MIN_QUALITY = 20;

/**
 * How much smaller pictures get from one level to the next, as a natural logarithm: from quality 80 to 20, and from one
 * size to half of it (2.1 and 1.0 to 0.6 for a noisy picture, 1.4 and 1.0 for a smooth one; sharp 0.35, 2026-11-21).
 */
const STEEPNESS = { quality: 1.7, size: 0.9 };

/** A step down at least, in levels, so that an estimate that is a little off does not go on for ever. */
const MIN_STEP = 0.05;
/** A step up at most, in levels: from picture to picture, since one that turns out too large costs an encode more. */
const MAX_STEP_UP = 0.1;
/** Pictures that leave more room than this, as a share, let the next one be better. */
const ROOMY = 0.8;

/**
 * Brings pictures under a number of bytes. It remembers from picture to picture what that took, so that most are encoded
 * once: level 0 is the wanted quality, 1 the lowest, and from there on each level halves the size.
 */
export class ByteFitter {
  readonly #maxBytes: number;
  #level = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The best there is under the limit. Throws when even a pixel is over it, or when `encode` does. */
  async fit(wanted: Attempt, encode: (attempt: Attempt) => Promise<Buffer>): Promise<Buffer> {
    const lowest = 1 + Math.log2(Math.max(wanted.size.width, wanted.size.height));
    while (true) {
      const isLast = this.#level >= lowest;
      const jpeg = await encode(attemptAt(Math.min(this.#level, lowest), wanted));
      const excess = Math.log(jpeg.length / this.#maxBytes);
      if (excess <= 0) {
        const room = Math.log(ROOMY) - excess;
        if (room > 0) this.#level = Math.max(0, this.#level - Math.min(room / this.#steepness / 2, MAX_STEP_UP));
        return jpeg;
      }
      if (isLast) throw new Error(`A picture does not fit in ${this.#maxBytes} bytes, however small`);
      this.#level = Math.min(lowest, this.#level + Math.max(excess / this.#steepness, MIN_STEP));
    }
  }

  get #steepness(): number {
    return this.#level < 1 ? STEEPNESS.quality : STEEPNESS.size;
  }
}

function attemptAt(level: number, { quality, size }: Attempt): Attempt {
  const lowest = Math.min(quality, MIN_QUALITY);
  const scale = 2 ** -Math.max(0, level - 1);
  return {
    quality: Math.round(quality - (quality - lowest) * Math.min(level, 1)),
    size: {
      width: Math.max(1, Math.round(size.width * scale)),
      height: Math.max(1, Math.round(size.height * scale)),
    },
  };
}
