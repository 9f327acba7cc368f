import { type Control, ControlError, type ControlValues } from "../../core/controls.ts";
import { CONTROL, QUERYCTRL, QUERYMENU, V4L2 } from "./abi.ts";
import type { Device } from "./device.ts";
import { Struct } from "./struct.ts";
import { SystemError } from "./system.ts";

/** A control with the id by which the kernel knows it. */
interface Known extends Control {
  readonly id: number;
}

/** By V4L2_CTRL_TYPE; the others are classes, texts and compounds, which no slider shows. */
const TYPES: Readonly<Record<number, Control["type"]>> = {
  [V4L2.CTRL_TYPE_INTEGER]: "integer",
  [V4L2.CTRL_TYPE_BOOLEAN]: "boolean",
  [V4L2.CTRL_TYPE_MENU]: "menu",
  [V4L2.CTRL_TYPE_BUTTON]: "button",
  [V4L2.CTRL_TYPE_BITMASK]: "bitmask",
  [V4L2.CTRL_TYPE_INTEGER_MENU]: "menu",
};

/** What controls of USB cameras were called until Linux 5.16 renamed them (drivers/media/usb/uvc/uvc_ctrl.c). */
const OLD_NAMES: Readonly<Record<string, number>> = {
  exposure_auto: V4L2.CID_EXPOSURE_AUTO,
  exposure_absolute: V4L2.CID_EXPOSURE_ABSOLUTE,
  exposure_auto_priority: V4L2.CID_EXPOSURE_AUTO_PRIORITY,
  white_balance_temperature_auto: V4L2.CID_AUTO_WHITE_BALANCE,
  focus_auto: V4L2.CID_FOCUS_AUTO,
};

/** A device that numbers for ever is not followed: V4L2_CID_MAX_CTRLS. */
const MAX_CONTROLS = 1024;

/** All that a device lets people set (VIDIOC_QUERYCTRL, VIDIOC_QUERYMENU, VIDIOC_G_CTRL). */
export async function readControls(device: Device): Promise<Control[]> {
  const known = await knownControls(device);
  return known.map(({ id: _id, ...control }) => control);
}

/** Sets controls in the order given, once all are known to be right. Throws a ControlError that names what is not. */
export async function writeControls(device: Device, values: ControlValues): Promise<void> {
  const known = await knownControls(device);
  const chosen = Object.entries(values).map(([name, value]) => ({ control: findControl(known, name), value }));
  for (const { control, value } of chosen) checkValue(control, value);
  for (const { control, value } of chosen) {
    const wanted = new Struct(CONTROL, { id: control.id, value });
    await device.call("S_CTRL", wanted).catch((error) => {
      throw refusal(control, error);
    });
  }
}

async function knownControls(device: Device): Promise<Known[]> {
  const known: Known[] = [];
  const query = new Struct(QUERYCTRL, { id: V4L2.CTRL_FLAG_NEXT_CTRL });
  while (known.length < MAX_CONTROLS && (await device.has("QUERYCTRL", query))) {
    const control = await describe(device, query);
    if (control !== undefined) known.push(control);
    const next = (query.get("id") | V4L2.CTRL_FLAG_NEXT_CTRL) >>> 0;
    query.bytes.fill(0);
    query.set("id", next);
  }
  return known;
}

async function describe(device: Device, query: Struct<keyof typeof QUERYCTRL.fields>): Promise<Known | undefined> {
  const type = TYPES[query.get("type")];
  const flags = query.get("flags");
  if (type === undefined || (flags & V4L2.CTRL_FLAG_DISABLED) !== 0) return undefined;
  const [id, min, max] = [query.get("id"), query.int("minimum"), query.int("maximum")];
  const preset = query.int("default_value");
  const current = new Struct(CONTROL, { id });
  const isReadable = type !== "button" && (flags & V4L2.CTRL_FLAG_WRITE_ONLY) === 0;
  // Cameras fail to tell single values now and then; that is no reason to show none of them.
  const isRead =
    isReadable &&
    (await device.call("G_CTRL", current).then(
      () => true,
      () => false,
    ));
  return {
    id,
    name: spell(query.text("name", 32)),
    type,
    min,
    max,
    // It may be 0, for menus among others.
    step: Math.max(1, query.int("step")),
    default: preset,
    value: isRead ? current.int("value") : preset,
    menu: type === "menu" ? await readMenu(device, id, query.get("type"), min, max) : [],
    inactive: (flags & V4L2.CTRL_FLAG_INACTIVE) !== 0,
    readOnly: (flags & V4L2.CTRL_FLAG_READ_ONLY) !== 0,
  };
}

async function readMenu(device: Device, id: number, type: number, min: number, max: number): Promise<Control["menu"]> {
  const menu: { value: number; name: string }[] = [];
  for (let index = Math.max(0, min); index <= max && index - min < MAX_CONTROLS; index++) {
    const item = new Struct(QUERYMENU, { id, index });
    // Not every index is used.
    if (!(await device.has("QUERYMENU", item))) continue;
    const name = type === V4L2.CTRL_TYPE_INTEGER_MENU ? String(item.long("value")) : item.text("name", 32);
    menu.push({ value: index, name });
  }
  return menu;
}

/** As v4l2-ctl spells names (v4l-utils, `name2var`): `Exposure Time, Absolute` is `exposure_time_absolute`. */
export function spell(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^_|_$/g, "");
}

function findControl(known: readonly Known[], name: string): Known {
  const found = known.find((control) => control.name === name) ?? known.find(({ id }) => id === OLD_NAMES[name]);
  if (found !== undefined) return found;
  const names = known.map((control) => control.name).join(", ");
  throw new ControlError(`The camera has no ${name}; ${names === "" ? "nothing of it can be set" : `it has ${names}`}`);
}

function checkValue({ name, type, min, max, step, menu, readOnly }: Known, value: number): void {
  if (readOnly) throw new ControlError(`${name} can be read, not set`);
  if (type === "button") return;
  if (type === "menu") {
    if (menu.some((item) => item.value === value)) return;
    const items = menu.map((item) => `${item.value} (${item.name})`).join(", ");
    throw new ControlError(`${name} must be one of ${items}, got ${value}`);
  }
  // A bitmask has no minimum, and its 32 bits are unsigned.
  const [low, high] = type === "bitmask" ? [0, max >>> 0] : [min, max];
  const isStep = type !== "integer" || (value - min) % step === 0;
  if (Number.isInteger(value) && value >= low && value <= high && isStep) return;
  const steps = step > 1 ? ` in steps of ${step}` : "";
  throw new ControlError(`${name} must be a whole number from ${low} to ${high}${steps}, got ${value}`);
}

function refusal({ name, inactive }: Known, error: unknown): Error {
  if (!(error instanceof SystemError)) return error as Error;
  if (error.code === "EBUSY")
    return new ControlError(`${name} cannot be set at the moment: the camera is busy with it`);
  if (inactive) return new ControlError(`${name} cannot be set while an automatic control governs it`);
  return new ControlError(`The camera refused ${name} (${error.code})`);
}
