import type { Frame, FrameSource } from "../core/frame.ts";
import { Encoder } from "./encoder.ts";
import { keyOf, transformKeyOf } from "./key.ts";
import { encodeSlots, type Slots } from "./slots.ts";
import type { VariantSpec } from "./spec.ts";
import { Variant } from "./variant.ts";

/** Transforms of one camera in use at a time. */
export const MAX_VARIANTS = 8;

export interface VariantsOptions {
  /** Where encodes wait for their turn. @default shared by all cameras */
  readonly slots?: Slots;
}

/** A variant's part of `GET /api/cameras/:name`. */
export interface VariantStatus {
  /** Its name, as a viewer's `variant` but without `fps`, which costs nothing. */
  readonly key: string;
}

/** All variants of a camera are in use. */
export class VariantLimitError extends Error {
  constructor(keys: readonly string[]) {
    super(`All ${MAX_VARIANTS} variants of this camera are in use; ask for one of them: ${keys.join(", ")}`);
    this.name = "VariantLimitError";
  }
}

/** A camera's variants, shared: equal specs are one encode. */
export class Variants {
  readonly #source: FrameSource;
  readonly #slots: Slots;
  readonly #encoders = new Map<string, Encoder>();
  readonly #variants = new Map<string, Variant>();

  constructor(source: FrameSource, { slots = encodeSlots }: VariantsOptions = {}) {
    this.#source = source;
    this.#slots = slots;
  }

  /**
   * The camera seen through a spec: the same object for equal specs while anyone watches it, and the camera itself for
   * one that changes nothing.
   * @throws VariantLimitError when it would be one transform more than may be in use.
   */
  of(spec: VariantSpec): FrameSource {
    const key = keyOf(spec);
    if (key === "") return this.#source;
    const encoder = () => this.#encoder(spec);
    encoder();
    let variant = this.#variants.get(key);
    if (variant === undefined) {
      variant = new Variant(this.#source, spec.fps, encoder);
      for (const [other, { inUse }] of this.#variants) if (!inUse) this.#variants.delete(other);
      this.#variants.set(key, variant);
    }
    return variant;
  }

  /**
   * A picture of the camera as a spec has it, or a newer one if it had to wait. Rejects when it cannot be read.
   * @throws VariantLimitError as `of` does.
   */
  async picture(spec: VariantSpec, frame: Frame): Promise<Frame> {
    const encoder = this.#encoder(spec);
    return encoder === undefined ? frame : await encoder.encode(frame);
  }

  status(): VariantStatus[] {
    return [...this.#encoders].filter(([, { inUse }]) => inUse).map(([key]) => ({ key }));
  }

  /** What does a spec's transform; undefined where it has none. An idle one makes room for a new one. */
  #encoder(spec: VariantSpec): Encoder | undefined {
    const key = transformKeyOf(spec);
    if (key === "") return undefined;
    let encoder = this.#encoders.get(key);
    if (encoder === undefined) {
      const idle = [...this.#encoders].find(([, { inUse }]) => !inUse);
      if (this.#encoders.size >= MAX_VARIANTS) {
        if (idle === undefined) throw new VariantLimitError([...this.#encoders.keys()]);
        this.#encoders.delete(idle[0]);
      }
      encoder = new Encoder(spec, this.#slots);
      this.#encoders.set(key, encoder);
    }
    return encoder;
  }
}
