import type { Camera } from "../core/camera.ts";
import type { Frame, FrameSource } from "../core/frame.ts";
import type { Purpose } from "./encoders.ts";
import { lastFrameOf } from "./last-frame.ts";
import { specAt, usualShareAt } from "./rungs.ts";
import type { VariantSpec } from "./transform-spec.ts";
import type { Variants } from "./variants.ts";

/** The rungs of one spec of a camera: equal ones are one encode, whoever stands on them. */
export class Ladder {
  readonly camera: Camera;
  readonly #variants: Variants;
  readonly #spec: VariantSpec;

  constructor(camera: Camera, variants: Variants, spec: VariantSpec) {
    this.camera = camera;
    this.#variants = variants;
    this.#spec = spec;
  }

  /** What a rung does to the camera's pictures. */
  specAt(rung: number): VariantSpec {
    return specAt(rung, this.#spec);
  }

  /**
   * The pictures of a rung.
   * @throws VariantLimitError when there is no room for it.
   */
  sourceAt(rung: number): FrameSource {
    return this.#variants.of(this.specAt(rung), purposeOf(rung));
  }

  /** Gives the last picture there ever was, as a rung has it; null before the first. */
  lastFrameAt(rung: number): () => Promise<Frame | null> {
    return lastFrameOf(this.camera, this.#variants, this.specAt(rung), purposeOf(rung));
  }

  /** Bytes of a picture of a rung now: as it was measured last, of as large a picture as the camera's are now. */
  bytesAt(rung: number): number {
    const { lastFrame } = this.camera;
    const measured = this.#variants.shareOf(this.specAt(rung));
    const share = measured ?? (this.#variants.shareOf(this.#spec) ?? 1) * usualShareAt(rung);
    return (lastFrame?.jpeg.length ?? 0) * share;
  }

  /** Pictures a second that there are to be had now. */
  get fps(): number {
    return Math.min(this.camera.fps, this.#spec.fps ?? Number.POSITIVE_INFINITY);
  }
}

function purposeOf(rung: number): Purpose {
  return rung === 0 ? "asked" : "rung";
}
