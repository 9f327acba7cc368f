import {
  type CameraControls,
  type Control,
  type ControlValues,
  checkControlValue,
  findControl,
} from "../../../src/core/controls.ts";

const PLAIN = { min: 0, max: 255, step: 1, default: 128, value: 128, menu: [], inactive: false, readOnly: false };

/** One control of each kind. Automatic exposure (3) governs the exposure time. */
const CONTROLS: readonly Control[] = [
  { ...PLAIN, name: "brightness", type: "integer" },
  { ...PLAIN, name: "white_balance_automatic", type: "boolean", max: 1, default: 1, value: 1 },
  {
    ...PLAIN,
    name: "auto_exposure",
    type: "menu",
    max: 3,
    default: 3,
    value: 3,
    menu: [
      { value: 1, name: "Manual Mode" },
      { value: 3, name: "Aperture Priority Mode" },
    ],
  },
  { ...PLAIN, name: "exposure_time_absolute", type: "integer", min: 3, max: 2047, default: 250, value: 250 },
  { ...PLAIN, name: "sharpness", type: "integer", max: 7, default: 2, value: 5 },
  { ...PLAIN, name: "gain", type: "integer", min: -64, max: 64, step: 4, default: 0, value: 0 },
  { ...PLAIN, name: "power_line_frequency", type: "integer", readOnly: true, max: 2, default: 1, value: 1 },
  { ...PLAIN, name: "contrast", type: "number", max: 15.99, step: 0.05, default: 1, value: 1 },
  { ...PLAIN, name: "test_pattern", type: "bitmask", max: 0x8000_0005, default: 0, value: 4 },
  { ...PLAIN, name: "pan_reset", type: "button", max: 0, default: 0, value: 0 },
];

/** Controls without a camera. */
export interface FakeControls extends CameraControls {
  /** All values that were set, in order. */
  readonly written: ControlValues[];
  /** An error to throw on access. */
  error: Error | undefined;
  value(name: string): number;
}

export function fakeControls(): FakeControls {
  const values = new Map(CONTROLS.map(({ name, value }) => [name, value]));
  const value = (name: string) => values.get(name) as number;
  const fake: FakeControls = {
    written: [],
    error: undefined,
    value,
    async read() {
      if (fake.error !== undefined) throw fake.error;
      return CONTROLS.map((control) => ({
        ...control,
        value: value(control.name),
        inactive: control.name === "exposure_time_absolute" && value("auto_exposure") === 3,
      }));
    },
    async write(wanted) {
      if (fake.error !== undefined) throw fake.error;
      for (const [name, value] of Object.entries(wanted)) {
        checkControlValue(findControl(CONTROLS, name), value);
      }
      fake.written.push(wanted);
      for (const [name, value] of Object.entries(wanted)) values.set(name, value);
    },
  };
  return fake;
}
