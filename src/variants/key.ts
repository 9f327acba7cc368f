import type { VariantSpec } from "./spec.ts";
import { turnOf } from "./turn.ts";

/** A spec's parts that transform pictures: all but `fps`. */
export type TransformSpec = Omit<VariantSpec, "fps">;

/**
 * The name of a spec, the same for all that mean the same, written as a query: `width=640&quality=70&fps=5`. Empty for
 * one that changes nothing whatever the picture.
 */
export function keyOf(spec: VariantSpec): string {
  const fps = spec.fps === undefined ? [] : [`fps=${spec.fps}`];
  return [transformKeyOf(spec), ...fps].filter((part) => part !== "").join("&");
}

/** The name of what a spec does to pictures: its key without `fps`. */
export function transformKeyOf(spec: VariantSpec): string {
  const { width, height, fit, scale, quality, maxBytes, gray, crop } = spec;
  const { rotate, flip } = turnOf(spec);
  const isSized = width !== undefined || height !== undefined;
  const isCropped = crop !== undefined && (crop.width < 1 || crop.height < 1);
  const fields: ReadonlyArray<readonly [string, string | number | undefined]> = [
    ["width", width],
    ["height", height],
    ["fit", isSized && fit === "exact" ? fit : undefined],
    ["scale", scale === 1 ? undefined : scale],
    ["quality", quality],
    ["rotate", rotate === 0 ? undefined : rotate],
    ["flip", flip ? "h" : undefined],
    ["crop", isCropped ? [crop.x, crop.y, crop.width, crop.height].join(",") : undefined],
    ["gray", gray === true ? "true" : undefined],
    ["maxBytes", maxBytes],
  ];
  return fields.flatMap(([name, field]) => (field === undefined ? [] : [`${name}=${field}`])).join("&");
}
