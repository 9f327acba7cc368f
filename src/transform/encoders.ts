import type { EncodeSlots } from "./encode-slots.ts";
import { EncodeTimes } from "./encode-times.ts";
import { Encoder } from "./encoder.ts";
import { RUNG_COUNT } from "./rungs.ts";
import { type TransformSpec, transformKey } from "./variant-key.ts";

/** Who wants a transform: somebody who asked for it, or an adaptive stream that stands on a rung. */
export type Purpose = "asked" | "rung";

/** Transforms of one camera in use at a time, of those that somebody asked for. */
export const MAX_VARIANTS = 8;

/**
 * How many may be in use for each purpose. Adaptive streams have places of their own, for one whole ladder, so that they keep
 * nobody from what he asks for.
 */
const LIMITS: Readonly<Record<Purpose, number>> = { asked: MAX_VARIANTS, rung: RUNG_COUNT - 1 };

/** All variants of a camera are in use. */
export class VariantLimitError extends Error {
  constructor(keys: readonly string[]) {
    super(`All ${keys.length} variants of this camera are in use; ask for one of them: ${keys.join(", ")}`);
    this.name = "VariantLimitError";
  }
}

/** Cameras are told apart by the order in which they came. */
let nextCamera = 0;

interface Place {
  readonly encoder: Encoder;
  purpose: Purpose;
}

/** The transforms of a camera: one for all who want the same, and no more at a time than may be in use. */
export class Encoders {
  readonly #slots: EncodeSlots;
  readonly #title: (() => string) | undefined;
  readonly #camera = String(nextCamera++);
  readonly #places = new Map<string, Place>();
  /** How long encodes took since the start, of transforms long gone too. */
  readonly times = new EncodeTimes();
  /** How often there was no room for one more. */
  readonly refused: Record<Purpose, number> = { asked: 0, rung: 0 };

  /** `title` is the camera's, for overlays that have it. */
  constructor(slots: EncodeSlots, title?: () => string) {
    this.#slots = slots;
    this.#title = title;
  }

  /**
   * What does a spec's transform; undefined where it has none. When there is no room for one, an idle one makes it.
   * @throws VariantLimitError when none is idle.
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

  /** The one there is for a spec, if there is one. */
  find(spec: TransformSpec): Encoder | undefined {
    return this.#places.get(transformKey(spec))?.encoder;
  }

  /** All there are, by their keys. */
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
