import type { Frame, FrameBroadcast } from "../core/frame.ts";
import type { FrameSize } from "../jpeg/read-header.ts";
import { type EncodeSlots, encodeSlots } from "./encode-slots.ts";
import type { EncodeTimes } from "./encode-times.ts";
import type { Clients, EncoderStatus } from "./encoder.ts";
import { Encoders, type Purpose } from "./encoders.ts";
import type { VariantSpec } from "./transform-spec.ts";
import { Variant } from "./variant.ts";
import { transformKey, variantKey } from "./variant-key.ts";

export interface VariantsOptions {
  /** Where encodes wait for their turn. @default shared by all cameras */
  readonly slots?: EncodeSlots;
  /** Gives the camera's, for overlays that have it. @default "" */
  readonly title?: (() => string) | undefined;
}

/** A variant's part of `GET /api/cameras/:name`. */
export interface VariantStatus extends EncoderStatus {
  /** Its name, as a viewer's `variant` but without `fps`: pictures are dropped for nothing. */
  readonly key: string;
}

/** For what, and for whom, a picture is wanted. */
export interface Wanted {
  /** @default "asked" */
  readonly purpose?: Purpose | undefined;
  readonly clients?: Clients | undefined;
}

/** A camera's variants, shared: equal specs are one encode. */
export class Variants {
  readonly #source: FrameBroadcast;
  readonly #encoders: Encoders;
  readonly #variants = new Map<string, Variant>();

  constructor(source: FrameBroadcast, { slots = encodeSlots, title }: VariantsOptions = {}) {
    this.#source = source;
    this.#encoders = new Encoders(slots, title);
  }

  /**
   * The camera seen through a spec: the same object for equal specs while anyone watches it, and the camera itself for
   * one that changes nothing.
   * @throws VariantLimitError when it would be one transform more than may be in use for that purpose.
   */
  of(spec: VariantSpec, purpose: Purpose = "asked"): FrameBroadcast {
    const key = variantKey(spec);
    if (key === "") return this.#source;
    const encoder = () => this.#encoders.of(spec, purpose);
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
   * read, and with a VariantLimitError as `of` throws it. `clients` are who wants it.
   */
  async encode(spec: VariantSpec, frame: Frame, { purpose = "asked", clients }: Wanted = {}): Promise<Frame> {
    const encoder = this.#encoders.of(spec, purpose);
    if (encoder === undefined) return frame;
    const release = encoder.hold(clients);
    try {
      return await encoder.encode(frame);
    } finally {
      release();
    }
  }

  /** The size that a spec's pictures had last, in pixels; undefined when none was transformed, and where none is. */
  sizeOf(spec: VariantSpec): FrameSize | undefined {
    return this.#encoders.find(spec)?.size;
  }

  /**
   * How many of the camera's bytes were left in the newest picture of a spec; undefined when none was transformed, 1 where
   * none is.
   */
  shareOf(spec: VariantSpec): number | undefined {
    return transformKey(spec) === "" ? 1 : this.#encoders.find(spec)?.share;
  }

  /** How long encodes took since the start. */
  get times(): EncodeTimes {
    return this.#encoders.times;
  }

  /** How often there was no room for one more transform, by what it was for. */
  get refused(): Readonly<Record<Purpose, number>> {
    return this.#encoders.refused;
  }

  /** What is in use, or was within the last minute: a variant without transform costs nothing, and is not listed. */
  status(): VariantStatus[] {
    const recent = [...this.#encoders.entries()].filter(([, { isRecent }]) => isRecent);
    return recent.map(([key, encoder]) => ({ key, ...encoder.status() }));
  }
}
