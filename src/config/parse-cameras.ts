import type { z } from "zod";
import { kebabCase, namesOf } from "../options/option-names.ts";
import { parseCameraString, type RawCamera } from "./camera-string.ts";
import { type Problems, quote } from "./problems.ts";
import { CAMERA_NAME, type CameraConfig, cameraSettingsSchema } from "./schema.ts";

/** Drivers or kinds of outputs, by name. */
export type Registry = Readonly<
  Record<
    string,
    {
      readonly summary: string;
      readonly address?: string;
      readonly options: z.ZodObject;
      /** Whether peers connect to it: it then stays open without viewers. */
      readonly isListener?: boolean | ((options: never) => boolean);
      /** Whether it stays open without viewers, by default. @default as `isListener` */
      readonly isAlwaysOpen?: boolean | ((options: never) => boolean);
    }
  >
>;

export interface Registries {
  readonly drivers: Registry;
  readonly outputs: Registry;
  /** Sources of messages. */
  readonly messages: Registry;
}

export interface CameraInput {
  readonly raw: RawCamera;
  readonly label: string;
}

export function readCameraString(spec: string, label: string, problems: Problems, name?: string): CameraInput[] {
  problems.learnSecrets(spec);
  try {
    const raw = parseCameraString(spec);
    return [{ raw: { ...raw, name: name ?? raw.name }, label }];
  } catch (error) {
    problems.reject(label, spec, (error as Error).message);
    return [];
  }
}

export function readCameraMap(map: unknown, label: string, problems: Problems): CameraInput[] {
  problems.learnSecrets(map);
  if (typeof map !== "object" || map === null || Array.isArray(map)) {
    problems.reject(label, map, 'must be a map of camera names, such as { door: "picture:/tmp/door.jpg" }');
    return [];
  }
  if (Object.keys(map).length === 0) problems.reject(label, map, "must name at least one camera");
  return Object.entries(map).flatMap(([name, camera]: [string, unknown]) => {
    const cameraLabel = `${label}.${name}`;
    if (typeof camera === "string") return readCameraString(camera, cameraLabel, problems, name);
    if (typeof camera !== "object" || camera === null || !("driver" in camera) || typeof camera.driver !== "string") {
      problems.reject(cameraLabel, camera, "must be a camera string or a map with a driver");
      return [];
    }
    const { driver, ...options } = camera;
    return [{ raw: { name, driver, options }, label: cameraLabel }];
  });
}

/** Checks each camera by its driver; names unnamed ones after it, with `-2` and so on. */
export function parseCameras(
  inputs: readonly CameraInput[],
  drivers: Registry,
  defaultLingerMs: number,
  problems: Problems,
): CameraConfig[] {
  const taken = new Set<string>();
  for (const { raw, label } of inputs) {
    if (raw.name === undefined) continue;
    if (!CAMERA_NAME.test(raw.name)) {
      problems.reject(
        `${label}, name`,
        raw.name,
        "must be 1 to 32 of a-z, 0-9, - and _, and start with a letter or digit",
      );
    } else if (taken.has(raw.name)) {
      problems.add(`${label}, name: ${quote(raw.name)} is given twice. Give each camera its own name.`);
    }
    taken.add(raw.name);
  }
  return inputs.flatMap((input) => {
    const driver = Object.hasOwn(drivers, input.raw.driver) ? drivers[input.raw.driver] : undefined;
    if (driver === undefined) {
      const known = Object.keys(drivers).join(", ");
      problems.reject(`${input.label}, driver`, input.raw.driver, `must be one of ${known}`);
      return [];
    }
    const name = input.raw.name ?? freeName(input.raw.driver, taken);
    taken.add(name);
    return checkCamera(input, name, driver, defaultLingerMs, problems);
  });
}

function checkCamera(
  { raw, label }: CameraInput,
  name: string,
  driver: Registry[string],
  defaultLingerMs: number,
  problems: Problems,
): CameraConfig[] {
  const commonKeys = Object.keys(cameraSettingsSchema.shape);
  const commonNames = new Set(commonKeys.flatMap((key) => namesOf(kebabCase(key))));
  const entries = Object.entries(raw.options);
  const isCommon = ([name]: [string, unknown]) => commonNames.has(name);
  const keyLabel = (key: string) => `${label}, ${key}`;
  const common = problems.parseOptions(
    cameraSettingsSchema,
    Object.fromEntries(entries.filter(isCommon)),
    keyLabel,
    raw.driver,
  );
  const own = Object.fromEntries(entries.filter((entry) => !isCommon(entry)));
  const options = problems.parseOptions(driver.options, own, keyLabel, raw.driver, commonKeys.map(kebabCase));
  if (common === undefined || options === undefined) return [];
  return [
    {
      name,
      title: common.title ?? name,
      driver: raw.driver,
      lingerMs: common.linger ?? defaultLingerMs,
      always: common.always ?? evaluateTrait(driver.isAlwaysOpen ?? driver.isListener, options),
      adapts: common.adapt ?? false,
      stallMs: common.stall ?? defaultStallMs(options),
      options,
    },
  ];
}

export function evaluateTrait(
  said: boolean | ((options: never) => boolean) | undefined,
  options: Readonly<Record<string, unknown>>,
): boolean {
  return typeof said === "function" ? said(options as never) : (said ?? false);
}

/** Returns 10 s, or two and a half intervals of a slower camera. */
function defaultStallMs({ fps }: Readonly<Record<string, unknown>>): number {
  return Math.max(10_000, typeof fps === "number" ? 2500 / fps : 0);
}

function freeName(driver: string, taken: ReadonlySet<string>): string {
  let name = driver;
  for (let number = 2; taken.has(name); number++) name = `${driver}-${number}`;
  return name;
}
