import type { Frame, FrameSource } from "../core/frame.ts";
import type { PictureSize } from "../jpeg/shape.ts";
import { Encoder, type EncoderStatus } from "./encoder.ts";
import { keyOf, transformKeyOf } from "./key.ts";
import { encodeSlots, type Slots } from "./slots.ts";
import type { VariantSpec } from "./spec.ts";
import { Variant } from "./variant.ts";

/** Transforms of one camera in use at a time. */
export const MAX_VARIANTS = 8;

export interface VariantsOptions {
  /** Where encodes wait for their turn. @default shared by all cameras */
  readonly slots?: Slots;
  /** The camera's, for overlays that have it. @default "" */
  readonly title?: string | undefined;
}

/** A variant's part of `GET /api/cameras/:name`. */
export interface VariantStatus extends EncoderStatus {
  /** Its name, as a viewer's `variant` but without `fps`: pictures are dropped for nothing. */
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
  readonly #title: string | undefined;
  readonly #encoders = new Map<string, Encoder>();
  readonly #variants = new Map<string, Variant>();

  constructor(source: FrameSource, { slots = encodeSlots, title }: VariantsOptions = {}) {
    this.#source = source;
    this.#slots = slots;
    this.#title = title;
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
      for (const [other, { inUse }] of this.#variants) if (!inUse) this.#variants.delete(other);
      variant = new Variant({ source: this.#source, fps: spec.fps, encoder });
      this.#variants.set(key, variant);
    }
    return variant;
  }

  /**
   * A picture of the camera as a spec has it, or a newer one if it had to wait and one came. Rejects when it cannot be
   * read, and with a VariantLimitError as `of` throws it.
   */
  async picture(spec: VariantSpec, frame: Frame): Promise<Frame> {
    const encoder = this.#encoder(spec);
    if (encoder === undefined) return frame;
    const release = encoder.hold();
    try {
      return await encoder.encode(frame);
    } finally {
      release();
    }
  }

  /** The size that a spec's pictures had last, in pixels; undefined when none was transformed, and where none is. */
  sizeOf(spec: VariantSpec): PictureSize | undefined {
    return this.#encoders.get(transformKeyOf(spec))?.size;
  }

  /** What is in use, or was within the last minute: a variant without transform costs nothing, and is not listed. */
  status(): VariantStatus[] {
    return [...this.#encoders]
      .filter(([, { isRecent }]) => isRecent)
      .map(([key, encoder]) => ({ key, ...encoder.status() }));
  }

  /** What does a spec's transform; undefined where it has none. When there is no room for one, an idle one makes it. */
  #encoder(spec: VariantSpec): Encoder | undefined {
    const key = transformKeyOf(spec);
    if (key === "") return undefined;
    let encoder = this.#encoders.get(key);
    if (encoder === undefined) {
      if (this.#encoders.size >= MAX_VARIANTS) this.#makeRoom();
      encoder = new Encoder(spec, this.#slots, this.#title);
      this.#encoders.set(key, encoder);
    }
    return encoder;
  }

  #makeRoom(): void {
    const idle = [...this.#encoders].find(([, { inUse }]) => !inUse);
    if (idle === undefined) throw new VariantLimitError([...this.#encoders.keys()]);
    this.#encoders.delete(idle[0]);
  }
}
