import { readShape } from "../jpeg/shape.ts";
import { CostMeter } from "./cost.ts";
import { Fitting } from "./fitting.ts";
import type { TransformSpec } from "./key.ts";
import { type Plan, planFor } from "./plan.ts";
import { MAX_PIXELS, transform } from "./transform.ts";

/** One spec, done to pictures one at a time, and what that costs. */
export class Transformer {
  readonly cost = new CostMeter();
  readonly #spec: TransformSpec;
  readonly #fitting: Fitting | undefined;

  constructor(spec: TransformSpec) {
    this.#spec = spec;
    this.#fitting = spec.maxBytes === undefined ? undefined : new Fitting(spec.maxBytes);
  }

  /**
   * What there is to do to a JPEG; undefined if nothing. Costs next to nothing itself.
   * @throws Error when it is no JPEG, or too large to be changed.
   */
  plan(jpeg: Uint8Array): Plan | undefined {
    return this.#planBy(this.#spec, jpeg);
  }

  /** Does it. Rejects when the picture cannot be read, or does not fit in `maxBytes`. */
  async run(jpeg: Uint8Array, plan: Plan): Promise<Buffer> {
    if (this.#fitting === undefined) return await this.#encode(jpeg, plan);
    return await this.#fitting.fit(plan, ({ quality, size }) => {
      const spec: TransformSpec = { ...this.#spec, ...size, fit: "exact", scale: undefined, quality };
      return this.#encode(jpeg, this.#planBy(spec, jpeg) ?? plan);
    });
  }

  #planBy(spec: TransformSpec, jpeg: Uint8Array): Plan | undefined {
    const shape = readShape(jpeg);
    if (shape === undefined) throw new Error("A picture cannot be read: it has no frame header");
    const { width, height } = shape;
    if (width === 0 || height === 0)
      throw new Error(`A picture cannot be read: it says it is ${width}×${height} pixels`);
    if (width * height > MAX_PIXELS)
      throw new Error(`A picture of ${width}×${height} pixels is too large to be changed`);
    return planFor(spec, jpeg, shape);
  }

  async #encode(jpeg: Uint8Array, plan: Plan): Promise<Buffer> {
    const startedAt = performance.now();
    try {
      return await transform(jpeg, plan);
    } catch (error) {
      const [reason = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
      throw new Error(`A picture cannot be read: ${reason}`, { cause: error });
    } finally {
      this.cost.add(performance.now() - startedAt);
    }
  }
}
