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
  /** @default shared by all cameras */
  readonly slots?: EncodeSlots;
  /** For overlays. @default "" */
  readonly title?: (() => string) | undefined;
}

export interface VariantStatus extends EncoderStatus {
  /** Without `fps`, since dropping frames costs nothing. */
  readonly key: string;
}

export interface Wanted {
  /** @default "asked" */
  readonly purpose?: Purpose | undefined;
  readonly clients?: Clients | undefined;
}

/** The variants of a camera: equal specs share one encode. */
export class Variants {
  readonly #source: FrameBroadcast;
  readonly #encoders: Encoders;
  readonly #variants = new Map<string, Variant>();

  constructor(source: FrameBroadcast, { slots = encodeSlots, title }: VariantsOptions = {}) {
    this.#source = source;
    this.#encoders = new Encoders(slots, title);
  }

  /**
   * Returns the same object while it is watched; the camera itself if nothing changes. @throws
   * VariantLimitError if too many transforms are in use for the purpose.
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
   * Returns the transformed frame, or a newer one if it had to wait. Rejects if it cannot be read,
   * and with a VariantLimitError as `of`.
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

  /** Of the newest frame; undefined if none was transformed. */
  sizeOf(spec: VariantSpec): FrameSize | undefined {
    return this.#encoders.find(spec)?.size;
  }

  /** Of the newest frame; undefined if none was transformed, 1 without a transform. */
  shareOf(spec: VariantSpec): number | undefined {
    return transformKey(spec) === "" ? 1 : this.#encoders.find(spec)?.share;
  }

  get times(): EncodeTimes {
    return this.#encoders.times;
  }

  get refused(): Readonly<Record<Purpose, number>> {
    return this.#encoders.refused;
  }

  /**
   * In use within the last minute. A variant without a transform costs nothing, and is left out.
   */
  status(): VariantStatus[] {
    const recent = [...this.#encoders.entries()].filter(([, { isRecent }]) => isRecent);
    return recent.map(([key, encoder]) => ({ key, ...encoder.status() }));
  }
}
