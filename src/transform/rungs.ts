import type { VariantSpec } from "./transform-spec.ts";

/** What a rung of the ladder makes of pictures. */
interface Rung {
  readonly quality: number;
  /** Of each side. */
  readonly scale?: number;
  /** How many of the bytes remain, until that is measured. */
  readonly share: number;
}

/**
 * The rungs below the pictures as they were asked for. Quality goes first: at 40 cameras' pictures have a quarter to four
 * tenths of their bytes, and look nearly the same in motion. A third is written so that it rounds as a third does.
 *
 * The shares are between those of 1280×720 at quality 74 with a sensor's grain, and of a drawing at 90 (0.90 and 0.46, 0.22 and
 * 0.39, 0.14 and 0.25, 0.06 and 0.14, 0.04 and 0.08; sharp 0.35, 2026-11-27).
 */
const RUNGS: readonly Rung[] = [
  { quality: 60, share: 0.7 },
  { quality: 40, share: 0.35 },
  { quality: 40, scale: 0.75, share: 0.22 },
  { quality: 40, scale: 0.5, share: 0.11 },
  { quality: 40, scale: 0.33333, share: 0.06 },
];

/** How many rungs there are: number 0 is the pictures as they were asked for, and the last the least there is. */
export const RUNG_COUNT = RUNGS.length + 1;

/** A spec, and what a rung makes of it: never better than it is. */
export function specAt(rung: number, spec: VariantSpec): VariantSpec {
  const step = RUNGS[rung - 1];
  if (step === undefined) return spec;
  const quality = Math.min(spec.quality ?? 100, step.quality);
  return { ...spec, quality, ...(step.scale && { scale: step.scale * (spec.scale ?? 1) }) };
}

/** How many bytes of a spec's pictures remain on a rung, until that is measured. */
export function usualShareAt(rung: number): number {
  return RUNGS[rung - 1]?.share ?? 1;
}
