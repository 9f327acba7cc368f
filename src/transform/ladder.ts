import type { Camera } from "../core/camera.ts";
import type { Purpose } from "./encoders.ts";
import { type Rendition, renditionOf } from "./rendition.ts";
import { specAt, usualShareAt } from "./rungs.ts";
import type { VariantSpec } from "./transform-spec.ts";
import type { Variants } from "./variants.ts";

/** The rungs of one spec of a camera. Equal rungs share one encode. */
export class Ladder {
  readonly camera: Camera;
  readonly #variants: Variants;
  readonly #spec: VariantSpec;

  constructor(camera: Camera, variants: Variants, spec: VariantSpec) {
    this.camera = camera;
    this.#variants = variants;
    this.#spec = spec;
  }

  specAt(rung: number): VariantSpec {
    return specAt(rung, this.#spec);
  }

  /** @throws VariantLimitError if too many transforms are in use. */
  renditionAt(rung: number): Rendition {
    return renditionOf(this.camera, this.#variants, this.specAt(rung), purposeOf(rung));
  }

  /** Estimates the bytes of a rung's next frame, by the camera's last one. */
  bytesAt(rung: number): number {
    const { lastFrame } = this.camera;
    const measured = this.#variants.shareOf(this.specAt(rung));
    const share = measured ?? (this.#variants.shareOf(this.#spec) ?? 1) * usualShareAt(rung);
    return (lastFrame?.jpeg.length ?? 0) * share;
  }

  get fps(): number {
    return Math.min(this.camera.fps, this.#spec.fps ?? Number.POSITIVE_INFINITY);
  }
}

function purposeOf(rung: number): Purpose {
  return rung === 0 ? "asked" : "rung";
}
