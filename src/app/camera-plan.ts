import type { CameraConfig, Config } from "../config/schema.ts";
import { deepEqual } from "../util/deep-equal.ts";
import { type OutputPlan, outputPlansOf } from "./create-output.ts";

/** What the configuration says of one camera: its own settings, and what is attached to it. */
export interface CameraPlan {
  readonly config: CameraConfig;
  readonly outputs: readonly OutputPlan[];
}

/** Some of what plans have. */
export interface PlanItems {
  readonly cameras: readonly CameraConfig[];
  readonly outputs: readonly OutputPlan[];
}

/** In the order of the configuration. */
export function cameraPlansOf(config: Config): CameraPlan[] {
  const outputs = outputPlansOf(config);
  return config.cameras.map((camera) => ({
    config: camera,
    outputs: outputs.filter((output) => output.camera === camera.name),
  }));
}

/** What one has that the other has not: a camera that the other would open in another way, and what is attached. */
export function difference(one: CameraPlan, other: CameraPlan | undefined): PlanItems {
  if (other === undefined) return { cameras: [one.config], outputs: one.outputs };
  const paired = pairUp(one.outputs, other.outputs, (output) => output);
  return {
    cameras: isOpenedTheSame(one.config, other.config) ? [] : [one.config],
    outputs: one.outputs.filter((_, index) => paired[index] === undefined),
  };
}

/** Whether a camera of one would be opened just as one of the other: then what differs can be changed while it is open. */
export function isOpenedTheSame(one: CameraConfig, other: CameraConfig): boolean {
  const { driver, stallMs, options } = other;
  return deepEqual({ driver: one.driver, stallMs: one.stallMs, options: one.options }, { driver, stallMs, options });
}

/** Pairs each of `wanted` with one of `there` that is the same, if there is one; none of them twice. */
export function pairUp<T, U>(wanted: readonly T[], there: readonly U[], planOf: (one: U) => T): (U | undefined)[] {
  const left = [...there];
  return wanted.map((one) => {
    const at = left.findIndex((other) => deepEqual(one, planOf(other)));
    return at < 0 ? undefined : left.splice(at, 1)[0];
  });
}
