import type { CameraConfig, Config } from "../config/schema.ts";
import { deepEqual } from "../util/deep-equal.ts";
import { type OutputPlan, outputPlansOf } from "./create-output.ts";

export interface CameraPlan {
  readonly config: CameraConfig;
  readonly outputs: readonly OutputPlan[];
}

export interface PlanItems {
  readonly cameras: readonly CameraConfig[];
  readonly outputs: readonly OutputPlan[];
}

export function cameraPlansOf(config: Config): CameraPlan[] {
  const outputs = outputPlansOf(config);
  return config.cameras.map((camera) => ({
    config: camera,
    outputs: outputs.filter((output) => output.camera === camera.name),
  }));
}

/** Returns what only the first plan has. */
export function difference(one: CameraPlan, other: CameraPlan | undefined): PlanItems {
  if (other === undefined) return { cameras: [one.config], outputs: one.outputs };
  const paired = pairUp(one.outputs, other.outputs, (output) => output);
  return {
    cameras: isOpenedTheSame(one.config, other.config) ? [] : [one.config],
    outputs: one.outputs.filter((_, index) => paired[index] === undefined),
  };
}

export function isOpenedTheSame(one: CameraConfig, other: CameraConfig): boolean {
  const { driver, stallMs, options } = other;
  return deepEqual({ driver: one.driver, stallMs: one.stallMs, options: one.options }, { driver, stallMs, options });
}

/** Pairs each of `wanted` with an equal one of `there`, if any. */
export function pairUp<T, U>(wanted: readonly T[], there: readonly U[], planOf: (one: U) => T): (U | undefined)[] {
  const left = [...there];
  return wanted.map((one) => {
    const at = left.findIndex((other) => deepEqual(one, planOf(other)));
    return at < 0 ? undefined : left.splice(at, 1)[0];
  });
}
