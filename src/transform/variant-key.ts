import { overlayFields } from "./overlay/overlay-spec.ts";
import { rotationOf } from "./rotation.ts";
import type { VariantSpec } from "./transform-spec.ts";

/** A spec without `fps`: what changes frames. */
export type TransformSpec = Omit<VariantSpec, "fps">;

/**
 * Returns a query such as `width=640&quality=70&fps=5`, equal for equal meaning; empty if nothing
 * changes.
 */
export function variantKey(spec: VariantSpec): string {
  const fps = spec.fps === undefined ? [] : [`fps=${writtenOut(spec.fps)}`];
  return [transformKey(spec), ...fps].filter((part) => part !== "").join("&");
}

export function transformKey(spec: VariantSpec): string {
  const { width, height, fit, scale, quality, maxBytes, gray, crop } = spec;
  const { rotate, flip } = rotationOf(spec);
  const isSized = width !== undefined || height !== undefined;
  const isCropped = crop !== undefined && (crop.width < 1 || crop.height < 1);
  const fields: ReadonlyArray<readonly [string, string | number | undefined]> = [
    ["width", width],
    ["height", height],
    ["fit", isSized && fit === "exact" ? fit : undefined],
    ["scale", scale === undefined || scale === 1 ? undefined : writtenOut(scale)],
    ["quality", quality],
    ["rotate", rotate === 0 ? undefined : rotate],
    ["flip", flip ? "h" : undefined],
    ["crop", isCropped ? [crop.x, crop.y, crop.width, crop.height].map(writtenOut).join(",") : undefined],
    ["gray", gray === true ? "true" : undefined],
    ["max-bytes", maxBytes],
    ...overlayFields(spec),
  ];
  return fields.flatMap(([name, field]) => (field === undefined ? [] : [`${name}=${field}`])).join("&");
}

/** JavaScript writes an exponent below 0.000001, queries take none. */
function writtenOut(number: number): string {
  const [digits = "", exponent] = String(number).split("e-");
  return exponent === undefined ? digits : `0.${"0".repeat(Number(exponent) - 1)}${digits.replace(".", "")}`;
}
