export interface Control {
  /** As v4l2-ctl spells it: `white_balance_temperature`. */
  readonly name: string;
  /** `integer`: by `step`. `number`: any in range. `bitmask`: bits of `max`. */
  readonly type: "integer" | "number" | "boolean" | "menu" | "button" | "bitmask";
  readonly min: number;
  readonly max: number;
  /** May be a fraction. */
  readonly step: number;
  readonly default: number;
  /** The default if it cannot be read. */
  readonly value: number;
  /** Maybe with gaps; empty for other types. */
  readonly menu: readonly { readonly value: number; readonly name: string }[];
  /** Another control rules it, as auto exposure rules the exposure time. */
  readonly inactive: boolean;
  readonly readOnly: boolean;
}

export type ControlValues = Readonly<Record<string, number>>;

/** The controls cannot be set as asked. Nothing was set unless the message says so. */
export class ControlError extends Error {
  override readonly name = "ControlError";
}

/** Reads and sets controls, streaming or not. Throws if the camera does not answer. */
export interface CameraControls {
  read(): Promise<readonly Control[]>;
  /** Sets all or none. @throws ControlError for an unknown name or a bad value. */
  write(values: ControlValues): Promise<void>;
}

/** Finds a control. @throws ControlError that names the others. */
export function findControl<C extends Control>(controls: readonly C[], name: string): C {
  const found = controls.find((control) => control.name === name);
  if (found !== undefined) return found;
  const names = controls.map((control) => control.name).join(", ");
  throw new ControlError(`The camera has no ${name}; ${names === "" ? "nothing of it can be set" : `it has ${names}`}`);
}

/** @throws ControlError if the control does not take the value. */
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

function bitsOf(mask: number): number[] {
  return Array.from({ length: 32 }, (_, bit) => 2 ** bit).filter((bit) => (mask & bit) !== 0);
}
