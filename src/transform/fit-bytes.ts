import type { FrameSize } from "../jpeg/read-header.ts";

export interface Attempt {
  readonly quality: number;
  readonly size: FrameSize;
}

/** The lowest quality; below it, the size shrinks. */
const MIN_QUALITY = 20;

/**
 * How much smaller frames get per level, as a natural logarithm: from quality 80 to 20, and from
 * one size to half of it. Measured 2026-11-21, sharp 0.35: 2.1 and 1.0 to 0.6 for a noisy image,
 * 1.4 and 1.0 for a smooth one.
 */
const STEEPNESS = { quality: 1.7, size: 0.9 };

/** The smallest step down in levels, so that an estimate a little off still ends. */
const MIN_STEP = 0.05;
/** A frame that is too large costs another encode. */
const MAX_STEP_UP = 0.1;
const ROOMY = 0.8;

/**
 * Fits frames in a number of bytes; most frames are encoded once. Level 0 is the wanted quality, 1
 * the lowest; each further level halves the size.
 */
export class ByteFitter {
  readonly #maxBytes: number;
  #level = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /**
   * Returns the best JPEG below the limit. Throws if even one pixel exceeds it, or if `encode`
   * does.
   */
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
      if (isLast) throw new Error(`The frame does not fit in ${this.#maxBytes} bytes, however small`);
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
