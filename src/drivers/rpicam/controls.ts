import { type Control, type ControlValues, checkControlValue, findControl } from "../../core/controls.ts";
import { AWBS, DEFAULT_FPS, DENOISES, EXPOSURES, ROTATIONS, type RpicamOptions } from "./options.ts";

/** Returns all but `roi`, which is no single number. */
export function controlsOf(options: RpicamOptions): Control[] {
  return SETTINGS.map(({ read, write: _write, ...control }) => {
    const value = read(options);
    const max = control.name === "shutter" ? longestExposure(options) : control.max;
    return {
      ...{ menu: [], readOnly: false, ...control, value },
      max: Math.max(max, value),
      inactive: GOVERNED.has(control.name) && options.shutter !== undefined && options.gain !== undefined,
    };
  });
}

/** @throws ControlError, in plain words */
export function checkControls(options: RpicamOptions, values: ControlValues): void {
  const controls = controlsOf(options);
  for (const [name, value] of Object.entries(values)) checkControlValue(findControl(controls, name), value);
}

/** Skips values that another camera does not take. */
export function withControls(options: RpicamOptions, values: ControlValues): RpicamOptions {
  const changes = SETTINGS.map(({ name, write }) => {
    const value = values[name];
    return value === undefined ? {} : write(value);
  });
  return Object.assign({ ...options }, ...changes);
}

interface Setting extends Pick<Control, "name" | "type" | "min" | "max" | "step" | "default"> {
  readonly menu?: Control["menu"];
  read(options: RpicamOptions): number;
  write(value: number): Partial<RpicamOptions>;
}

type Numbers = "brightness" | "contrast" | "saturation" | "sharpness" | "ev" | "gain" | "shutter";
type Words = "exposure" | "awb" | "denoise" | "rotation";

/** rpicam-vid's names and documented ranges; steps are ours. */
const SETTINGS: readonly Setting[] = [
  number("brightness", { min: -1, max: 1, step: 0.01, preset: 0 }),
  number("contrast", { min: 0, max: 15.99, step: 0.05, preset: 1 }),
  number("saturation", { min: 0, max: 15.99, step: 0.05, preset: 1 }),
  number("sharpness", { min: 0, max: 15.99, step: 0.05, preset: 1 }),
  number("ev", { min: -10, max: 10, step: 0.1, preset: 0 }),
  // At 0 both are automatic; 64 is the camera modules' gain.
  number("gain", { min: 0, max: 64, step: 0.1, preset: 0 }),
  number("shutter", { min: 0, max: 0, step: 100, preset: 0 }),
  menu("exposure", EXPOSURES),
  menu("awb", AWBS),
  menu("denoise", DENOISES),
  menu("rotation", ROTATIONS, Number),
  flag("hflip"),
  flag("vflip"),
];

/** Unless time and gain are both fixed. */
const GOVERNED: ReadonlySet<string> = new Set(["ev", "exposure"]);

/** FrameDurationLimits in core/rpicam_app.cpp: rates are fixed. */
function longestExposure({ fps = DEFAULT_FPS }: RpicamOptions): number {
  return Math.floor(1e6 / fps);
}

function number(
  name: Numbers,
  { preset, ...range }: { min: number; max: number; step: number; preset: number },
): Setting {
  return {
    ...{ name, type: "number", ...range, default: preset },
    read: (options) => options[name] ?? preset,
    // Some programs do not parse 1e-7.
    write: (value) => ({ [name]: value === preset ? undefined : Math.round(value * 1e4) / 1e4 }),
  };
}

function menu(name: Words, words: readonly string[], toValue = (word: string) => words.indexOf(word)): Setting {
  const items = words.map((word) => ({ value: toValue(word), name: word }));
  const values = items.map(({ value }) => value);
  const [first = ""] = words;
  return {
    ...{ name, type: "menu", min: Math.min(...values), max: Math.max(...values), step: 1, default: toValue(first) },
    menu: items,
    read: (options) => toValue(options[name] ?? first),
    write: (value) => ({ [name]: items.find((item) => item.value === value)?.name }),
  };
}

function flag(name: "hflip" | "vflip"): Setting {
  return {
    ...{ name, type: "boolean", min: 0, max: 1, step: 1, default: 0 },
    read: (options) => Number(options[name]),
    write: (value) => ({ [name]: value === 1 }),
  };
}
