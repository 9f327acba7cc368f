import type { Frame, FrameSource } from "../core/frame.ts";
import { thin } from "../core/iterate.ts";
import type { VariantSpec } from "./spec.ts";

/** PLACEHOLDER until the real one is merged: encodes for each subscriber. */
export class Variants {
  readonly #source: FrameSource;
  constructor(source: FrameSource) {
    this.#source = source;
  }
  of(spec: VariantSpec): FrameSource {
    const source = this.#source;
    return {
      async *subscribe(signal: AbortSignal): AsyncGenerator<Frame> {
        const { default: sharp } = await import("sharp");
        const frames = source.subscribe(signal);
        for await (const frame of spec.fps === undefined ? frames : thin(frames, spec.fps)) {
          let quality = spec.quality ?? 80;
          let scale = 1;
          let jpeg: Buffer;
          do {
            const image = sharp(frame.jpeg);
            const { width = 1, height = 1 } = await image.metadata();
            const size =
              spec.fit === "exact"
                ? { width: spec.width ?? width, height: spec.height ?? height, fit: "fill" as const }
                : {
                    width: Math.round((spec.width ?? width) * scale),
                    height: Math.round((spec.height ?? height) * scale),
                    fit: "inside" as const,
                    withoutEnlargement: true,
                  };
            jpeg = await image.resize(size).jpeg({ quality }).toBuffer();
            if (quality > 20) quality -= 15;
            else scale *= 0.75;
          } while (jpeg.length > (spec.maxBytes ?? Number.POSITIVE_INFINITY) && scale > 0.05);
          yield { ...frame, jpeg };
        }
      },
    };
  }
}
