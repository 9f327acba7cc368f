import type { Control } from "../../core/controls.ts";
import { CONTROL, QUERYCTRL, QUERYMENU, V4L2 } from "./abi.ts";
import type { Device } from "./device.ts";
import { isGone } from "./explain-error.ts";
import { Struct } from "./struct.ts";

export interface KnownControl extends Control {
  readonly id: number;
  readonly isRead: boolean;
}

/** By V4L2_CTRL_TYPE. Classes, texts, 64-bit numbers and compounds fit no slider. */
const TYPES: Readonly<Record<number, Control["type"]>> = {
  [V4L2.CTRL_TYPE_INTEGER]: "integer",
  [V4L2.CTRL_TYPE_BOOLEAN]: "boolean",
  [V4L2.CTRL_TYPE_MENU]: "menu",
  [V4L2.CTRL_TYPE_BUTTON]: "button",
  [V4L2.CTRL_TYPE_BITMASK]: "bitmask",
  [V4L2.CTRL_TYPE_INTEGER_MENU]: "menu",
};

/** Bounds a faulty device's list: V4L2_CID_MAX_CTRLS. */
const MAX_CONTROLS = 1024;

/** Reads the controls (VIDIOC_QUERYCTRL, VIDIOC_QUERYMENU, VIDIOC_G_CTRL). */
export async function readControls(device: Device): Promise<Control[]> {
  const known = await knownControls(device);
  return known.map(({ id: _id, isRead: _isRead, ...control }) => control);
}

export async function knownControls(device: Device): Promise<KnownControl[]> {
  const known: KnownControl[] = [];
  let query = await nextControl(device, 0);
  for (let count = 0; query !== undefined && count < MAX_CONTROLS; count++) {
    const control = await describe(device, query);
    if (control !== undefined) known.push(control);
    query = await nextControl(device, query.get("id"));
  }
  return known;
}

type Query = Struct<keyof typeof QUERYCTRL.fields>;

async function nextControl(device: Device, id: number): Promise<Query | undefined> {
  const query = new Struct(QUERYCTRL, { id: (id | V4L2.CTRL_FLAG_NEXT_CTRL) >>> 0 });
  try {
    return (await device.has("QUERYCTRL", query)) ? query : undefined;
  } catch (error) {
    if (isGone(error)) throw error;
    return await searchControl(device, id);
  }
}

/** How many of each class are searched (linux/v4l2-controls.h). */
const CLASSES = [V4L2.CID_BASE, V4L2.CID_CAMERA_CLASS_BASE];
const SEARCHED = 64;

/**
 * Searches the next control id by id: in older kernels, one that a webcam fails to describe hides
 * all behind it (__uvc_query_v4l2_ctrl of drivers/media/usb/uvc/uvc_ctrl.c).
 */
async function searchControl(device: Device, above: number): Promise<Query | undefined> {
  for (const base of CLASSES) {
    for (let id = Math.max(base, above + 1); id < base + SEARCHED; id++) {
      const query = new Struct(QUERYCTRL, { id });
      const isThere = await device.has("QUERYCTRL", query).catch(() => "failed");
      if (isThere === "failed") return await nextControl(device, id);
      if (isThere) return query;
    }
  }
  return undefined;
}

async function describe(device: Device, query: Query): Promise<KnownControl | undefined> {
  const type = TYPES[query.get("type")];
  const flags = query.get("flags");
  if (type === undefined || (flags & V4L2.CTRL_FLAG_DISABLED) !== 0) return undefined;
  const id = query.get("id");
  // A bitmask has 32 unsigned bits.
  const number = (value: number) => (type === "bitmask" ? value >>> 0 : value);
  const [min, max, preset] = [query.int("minimum"), query.int("maximum"), number(query.int("default_value"))];
  const current = new Struct(CONTROL, { id });
  const isReadable = type !== "button" && (flags & V4L2.CTRL_FLAG_WRITE_ONLY) === 0;
  const isRead =
    isReadable &&
    (await device.call("G_CTRL", current).then(
      () => true,
      () => false,
    ));
  return {
    id,
    isRead,
    name: spell(query.text("name", 32)),
    type,
    min,
    max: number(max),
    // May be 0, for menus among others.
    step: Math.max(1, query.int("step")),
    default: preset,
    value: isRead ? number(current.int("value")) : preset,
    menu: type === "menu" ? await readMenu(device, id, query.get("type"), min, max) : [],
    inactive: (flags & V4L2.CTRL_FLAG_INACTIVE) !== 0,
    // A grabbed control gives EBUSY.
    readOnly: (flags & (V4L2.CTRL_FLAG_READ_ONLY | V4L2.CTRL_FLAG_GRABBED)) !== 0,
  };
}

async function readMenu(device: Device, id: number, type: number, min: number, max: number): Promise<Control["menu"]> {
  const menu: { value: number; name: string }[] = [];
  for (let index = Math.max(0, min); index <= max && index - min < MAX_CONTROLS; index++) {
    const item = new Struct(QUERYMENU, { id, index });
    if (!(await device.has("QUERYMENU", item))) continue;
    const name = type === V4L2.CTRL_TYPE_INTEGER_MENU ? String(item.long("value")) : item.text("name", 32);
    menu.push({ value: index, name });
  }
  return menu;
}

/** Spells names as v4l2-ctl does (v4l-utils, `name2var`): `exposure_time_absolute`. */
export function spell(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^_|_$/g, "");
}
