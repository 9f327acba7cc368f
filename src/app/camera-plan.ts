import type { CameraConfig, Config } from "../config/schema.ts";
import { deepEqual } from "../util/deep-equal.ts";
import { type OutputPlan, outputPlansOf } from "./create-output.ts";

/** The configuration of one camera and its outputs, including sources of messages. */
export interface CameraPlan {
  readonly config: CameraConfig;
  readonly outputs: readonly OutputPlan[];
}

/** Parts of plans. */
export interface PlanItems {
  readonly cameras: readonly CameraConfig[];
  readonly outputs: readonly OutputPlan[];
}

/** Returns a plan for each camera, in the order of the configuration. */
export function cameraPlansOf(config: Config): CameraPlan[] {
  const outputs = outputPlansOf(config);
  return config.cameras.map((camera) => ({
    config: camera,
    outputs: outputs.filter((output) => output.camera === camera.name),
  }));
}

/**
 * Returns what only the first plan has: the camera, if the other opens it differently, and outputs.
 */
export function difference(one: CameraPlan, other: CameraPlan | undefined): PlanItems {
  if (other === undefined) return { cameras: [one.config], outputs: one.outputs };
  const paired = pairUp(one.outputs, other.outputs, (output) => output);
  return {
    cameras: isOpenedTheSame(one.config, other.config) ? [] : [one.config],
    outputs: one.outputs.filter((_, index) => paired[index] === undefined),
  };
}

/**
 * Returns whether both open the camera in the same way, so that other differences apply while it is
 * open.
 */
export function isOpenedTheSame(one: CameraConfig, other: CameraConfig): boolean {
  const { driver, stallMs, options } = other;
  return deepEqual({ driver: one.driver, stallMs: one.stallMs, options: one.options }, { driver, stallMs, options });
}

/** Pairs each of `wanted` with an equal one of `there`, if any; uses none twice. */
export function pairUp<T, U>(wanted: readonly T[], there: readonly U[], planOf: (one: U) => T): (U | undefined)[] {
  const left = [...there];
  return wanted.map((one) => {
    const at = left.findIndex((other) => deepEqual(one, planOf(other)));
    return at < 0 ? undefined : left.splice(at, 1)[0];
  });
}
