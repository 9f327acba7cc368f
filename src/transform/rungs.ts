import type { VariantSpec } from "./transform-spec.ts";

interface Rung {
  readonly quality: number;
  readonly scale?: number;
  /** Share of the bytes that remain, until it is measured. */
  readonly share: number;
}

/**
 * Quality goes first: at 40, a frame has about a third of its bytes and looks nearly the same in
 * motion. Shares lie between those of 1280×720 at quality 74 with sensor grain, and of a drawing at
 * 90. Measured 2026-11-27, sharp 0.35: 0.90 and 0.46, 0.22 and 0.39, 0.14 and 0.25, 0.06 and 0.14,
 * 0.04 and 0.08.
 */
const RUNGS: readonly Rung[] = [
  { quality: 60, share: 0.7 },
  { quality: 40, share: 0.35 },
  { quality: 40, scale: 0.75, share: 0.22 },
  { quality: 40, scale: 0.5, share: 0.11 },
  { quality: 40, scale: 0.33333, share: 0.06 },
];

/** Rung 0 is what was asked for, the last one has the fewest bytes. */
export const RUNG_COUNT = RUNGS.length + 1;

/** Returns the spec of a rung: never better than `spec`. */
export function specAt(rung: number, spec: VariantSpec): VariantSpec {
  const step = RUNGS[rung - 1];
  if (step === undefined) return spec;
  const quality = Math.min(spec.quality ?? 100, step.quality);
  return { ...spec, quality, ...(step.scale && { scale: step.scale * (spec.scale ?? 1) }) };
}

/** Returns the expected share of bytes on a rung, until it is measured. */
export function usualShareAt(rung: number): number {
  return RUNGS[rung - 1]?.share ?? 1;
}
