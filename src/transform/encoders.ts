import type { EncodeSlots } from "./encode-slots.ts";
import { EncodeTimes } from "./encode-times.ts";
import { Encoder } from "./encoder.ts";
import { RUNG_COUNT } from "./rungs.ts";
import { type TransformSpec, transformKey } from "./variant-key.ts";

/** Who wants a transform: a query, or an adaptive stream on a rung. */
export type Purpose = "asked" | "rung";

export const MAX_VARIANTS = 8;

/**
 * Adaptive streams have slots of their own, for one ladder, so that they keep no one from a query's
 * transform.
 */
const LIMITS: Readonly<Record<Purpose, number>> = { asked: MAX_VARIANTS, rung: RUNG_COUNT - 1 };

export class VariantLimitError extends Error {
  constructor(keys: readonly string[]) {
    super(`Too many variants: all ${keys.length} of this camera are in use. Use one of them: ${keys.join(", ")}`);
    this.name = "VariantLimitError";
  }
}

let nextCamera = 0;

interface Place {
  readonly encoder: Encoder;
  purpose: Purpose;
}

/** The transforms of a camera: one encoder for equal specs, within limits. */
export class Encoders {
  readonly #slots: EncodeSlots;
  readonly #title: (() => string) | undefined;
  readonly #camera = String(nextCamera++);
  readonly #places = new Map<string, Place>();
  /** Also of transforms that are gone. */
  readonly times = new EncodeTimes();
  readonly refused: Record<Purpose, number> = { asked: 0, rung: 0 };

  constructor(slots: EncodeSlots, title?: () => string) {
    this.#slots = slots;
    this.#title = title;
  }

  /**
   * Returns the encoder of a spec; undefined if it transforms nothing. An idle encoder makes room.
   * @throws VariantLimitError if none is idle.
   */
  of(spec: TransformSpec, purpose: Purpose): Encoder | undefined {
    const key = transformKey(spec);
    if (key === "") return undefined;
    const place = this.#places.get(key);
    if (place === undefined) {
      this.#makeRoom(purpose);
      const encoder = new Encoder(spec, {
        slots: this.#slots,
        camera: this.#camera,
        title: this.#title,
        times: this.times.of(key),
      });
      this.#places.set(key, { encoder, purpose });
      return encoder;
    }
    if (purpose === "asked" && place.purpose === "rung") {
      this.#makeRoom(purpose);
      place.purpose = purpose;
    }
    return place.encoder;
  }

  find(spec: TransformSpec): Encoder | undefined {
    return this.#places.get(transformKey(spec))?.encoder;
  }

  *entries(): Iterable<[key: string, encoder: Encoder]> {
    for (const [key, { encoder }] of this.#places) yield [key, encoder];
  }

  #makeRoom(wanted: Purpose): void {
    const taken = [...this.#places].filter(([, { purpose }]) => purpose === wanted);
    if (taken.length < LIMITS[wanted]) return;
    const idle = taken.find(([, { encoder }]) => !encoder.inUse);
    if (idle === undefined) {
      this.refused[wanted]++;
      throw new VariantLimitError(taken.map(([key]) => key));
    }
    this.#places.delete(idle[0]);
  }
}
