/** Something a camera lets people set, such as its brightness. */
export interface Control {
  /** In lower case with underscores, as v4l2-ctl spells it: `white_balance_temperature`. */
  readonly name: string;
  /** An `integer` takes whole numbers by its step, a `number` any between its ends, a `bitmask` the bits of its maximum. */
  readonly type: "integer" | "number" | "boolean" | "menu" | "button" | "bitmask";
  readonly min: number;
  readonly max: number;
  /** What a slider moves by; a fraction for some a `number`. */
  readonly step: number;
  readonly default: number;
  /** What it is now; its default where it cannot be read. */
  readonly value: number;
  /** A menu's values and what each means; some between `min` and `max` may be missing. Empty for other types. */
  readonly menu: readonly { readonly value: number; readonly name: string }[];
  /** True while another control governs it, as automatic exposure does the exposure time. */
  readonly inactive: boolean;
  /** True for what can be seen and not set, for now at least. */
  readonly readOnly: boolean;
}

/** Values by the names of their controls. */
export type ControlValues = Readonly<Record<string, number>>;

/**
 * A camera's controls cannot be set as asked: the wish is wrong, or the camera refuses it. Nothing was set, unless the
 * message, a sentence for a person, says so.
 */
export class ControlError extends Error {
  override readonly name = "ControlError";
}

/** A camera's controls, streaming or not. Both throw when the camera cannot be asked. */
export interface CameraControls {
  read(): Promise<readonly Control[]>;
  /**
   * Sets controls by name, all or none.
   * @throws ControlError, in plain words, for a name the camera has not or a value it does not take.
   */
  write(values: ControlValues): Promise<void>;
}

/** The control of that name. Throws a ControlError that names those there are. */
export function findControl<C extends Control>(controls: readonly C[], name: string): C {
  const found = controls.find((control) => control.name === name);
  if (found !== undefined) return found;
  const names = controls.map((control) => control.name).join(", ");
  throw new ControlError(`The camera has no ${name}; ${names === "" ? "nothing of it can be set" : `it has ${names}`}`);
}

/** Throws a ControlError, with the rule and the value, for a value that a control does not take. */
export function checkControlValue(control: Control, value: number): void {
  const { name, readOnly } = control;
  if (readOnly) throw new ControlError(`${name} can be read, not set`);
  const rule = brokenRule(control, value);
  if (rule !== undefined) throw new ControlError(`${name} must be ${rule}, got ${value}`);
}

function brokenRule({ type, min, max, step, menu }: Control, value: number): string | undefined {
  const isWithin = value >= min && value <= max;
  switch (type) {
    case "button":
      return undefined;
    case "menu":
      if (menu.some((item) => item.value === value)) return undefined;
      return `one of ${menu.map((item) => `${item.value} (${item.name})`).join(", ")}`;
    case "number":
      return isWithin ? undefined : `a number from ${min} to ${max}`;
    case "bitmask":
      if (Number.isInteger(value) && isWithin && (value & ~max) === 0) return undefined;
      return `0 or a sum of ${bitsOf(max).join(", ")}, each at most once`;
    default: {
      const isStep = type !== "integer" || (value - min) % step === 0;
      if (Number.isInteger(value) && isWithin && isStep) return undefined;
      return `a whole number from ${min} to ${max}${step > 1 ? ` in steps of ${step}` : ""}`;
    }
  }
}

/** Each bit of a mask of 32 as a number of its own, the lowest first. */
function bitsOf(mask: number): number[] {
  return Array.from({ length: 32 }, (_, bit) => 2 ** bit).filter((bit) => (mask & bit) !== 0);
}
