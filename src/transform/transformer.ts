import { decodeProblem } from "../jpeg/convert/decode-cost.ts";
import { readHeader } from "../jpeg/read-header.ts";
import type { Histogram } from "../util/histogram.ts";
import { EncodeCostMeter } from "./encode-cost.ts";
import { ByteFitter } from "./fit-bytes.ts";
import type { Label } from "./overlay/label.ts";
import { Overlay } from "./overlay/overlay.ts";
import { transform } from "./transform.ts";
import { type Plan, planFor } from "./transform-plan.ts";
import type { TransformSpec } from "./variant-key.ts";

/** Transforms frames by one spec, one at a time, and measures the cost. */
export class Transformer {
  readonly cost: EncodeCostMeter;
  readonly #spec: TransformSpec;
  readonly #overlay: Overlay | undefined;
  readonly #fitting: ByteFitter | undefined;

  /** @param times takes each encode's milliseconds. */
  constructor(spec: TransformSpec, title = () => "", times?: Histogram) {
    this.cost = new EncodeCostMeter(times);
    this.#spec = spec;
    this.#overlay = spec.overlay === undefined ? undefined : new Overlay(spec, title);
    this.#fitting = spec.maxBytes === undefined ? undefined : new ByteFitter(spec.maxBytes);
  }

  /** Undefined if nothing changes. Cheap. @throws Error if it is no JPEG, or too large. */
  plan(jpeg: Uint8Array): Plan | undefined {
    const plan = this.#planBy(this.#spec, jpeg);
    const problem = plan && decodeProblem(jpeg);
    if (problem === undefined) return plan;
    throw new Error(`The frame is not decoded: ${problem}`);
  }

  /** Rejects if the frame cannot be read, or does not fit in `maxBytes`. */
  async run(jpeg: Uint8Array, plan: Plan, capturedAt = Date.now()): Promise<Buffer> {
    if (this.#fitting === undefined) return await this.#make(jpeg, plan, capturedAt);
    return await this.#fitting.fit(plan, ({ quality, size }) => {
      const spec: TransformSpec = { ...this.#spec, ...size, fit: "exact", scale: undefined, quality };
      return this.#make(jpeg, this.#planBy(spec, jpeg) ?? plan, capturedAt);
    });
  }

  async #make(jpeg: Uint8Array, plan: Plan, capturedAt: number): Promise<Buffer> {
    const label = this.#overlay?.labelFor(plan.size, capturedAt).catch((error: unknown) => {
      throw new Error(`The overlay cannot be drawn: ${firstLine(error)}`, { cause: error });
    });
    return await this.#encode(jpeg, plan, await label);
  }

  #planBy(spec: TransformSpec, jpeg: Uint8Array): Plan | undefined {
    const shape = readHeader(jpeg);
    if (shape === undefined) throw new Error("The frame cannot be read: it has no frame header with a size");
    return planFor(spec, jpeg, shape);
  }

  async #encode(jpeg: Uint8Array, plan: Plan, label: Label | undefined): Promise<Buffer> {
    const startedAt = performance.now();
    try {
      return await transform(jpeg, plan, label);
    } catch (error) {
      throw new Error(`The frame cannot be read: ${firstLine(error)}`, { cause: error });
    } finally {
      this.cost.add(performance.now() - startedAt);
    }
  }
}

function firstLine(error: unknown): string {
  const [line = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
  return line;
}
