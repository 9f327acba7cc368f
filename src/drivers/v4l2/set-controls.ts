import { ControlError, type ControlValues, checkControlValue, findControl } from "../../core/controls.ts";
import { describeError } from "../../util/errors.ts";
import { CONTROL, QUERYCTRL, V4L2 } from "./abi.ts";
import { type KnownControl, knownControls } from "./controls.ts";
import type { Device } from "./device.ts";
import { isGone } from "./explain-error.ts";
import { Struct } from "./struct.ts";
import { SystemError } from "./system.ts";

interface ControlChange {
  readonly control: KnownControl;
  readonly value: number;
}

/**
 * Sets all controls or none. Returns what to set again on a camera that forgot it: by today's
 * names, without buttons. @throws ControlError with what was refused, and what could not be set
 * back.
 */
export async function writeControls(device: Device, values: ControlValues): Promise<ControlValues> {
  const known = await knownControls(device);
  const changes = changesFor(values, (name, value) => {
    const control = findByName(known, name);
    checkControlValue(control, value);
    return { control, value };
  });
  const done: ControlChange[] = [];
  for (const change of inOrder(changes)) {
    try {
      await setControl(device, change.control.id, change.value);
    } catch (error) {
      if (isGone(error)) throw error;
      throw await undo(device, done, await refusal(device, change.control, error));
    }
    done.push(change);
  }
  const lasting = changes.filter(({ control }) => control.type !== "button");
  return Object.fromEntries(lasting.map(({ control, value }) => [control.name, value]));
}

/** Returns what is wrong with the others. */
export async function restoreControls(device: Device, values: ControlValues): Promise<string[]> {
  const known = await knownControls(device);
  const problems: string[] = [];
  const changes = changesFor(values, (name, value) => {
    try {
      const control = findByName(known, name);
      checkControlValue(control, value);
      return { control, value };
    } catch (error) {
      problems.push(describeError(error));
      return undefined;
    }
  });
  for (const { control, value } of inOrder(changes)) {
    await setControl(device, control.id, value).catch(async (error) => {
      if (isGone(error)) throw error;
      problems.push(await refusal(device, control, error));
    });
  }
  return problems;
}

function changesFor(
  values: ControlValues,
  find: (name: string, value: number) => ControlChange | undefined,
): ControlChange[] {
  const changes = new Map<number, ControlChange>();
  for (const [name, value] of Object.entries(values)) {
    const change = find(name, value);
    if (change !== undefined) changes.set(change.control.id, change);
  }
  return [...changes.values()];
}

/** Before Linux 5.16 (drivers/media/usb/uvc/uvc_ctrl.c). */
const OLD_NAMES: Readonly<Record<string, number>> = {
  exposure_auto: V4L2.CID_EXPOSURE_AUTO,
  exposure_absolute: V4L2.CID_EXPOSURE_ABSOLUTE,
  exposure_auto_priority: V4L2.CID_EXPOSURE_AUTO_PRIORITY,
  white_balance_temperature_auto: V4L2.CID_AUTO_WHITE_BALANCE,
  focus_auto: V4L2.CID_FOCUS_AUTO,
};

function findByName(known: readonly KnownControl[], name: string): KnownControl {
  const renamed = known.some((control) => control.name === name)
    ? undefined
    : known.find(({ id }) => Object.hasOwn(OLD_NAMES, name) && id === OLD_NAMES[name]);
  return renamed ?? findControl(known, name);
}

/** Values that leave others to be set (V4L2's "User" and "Camera Controls"). */
const MANUAL: ReadonlyMap<number, readonly number[]> = new Map([
  [V4L2.CID_AUTO_WHITE_BALANCE, [0]],
  [V4L2.CID_AUTOGAIN, [0]],
  [V4L2.CID_HUE_AUTO, [0]],
  [V4L2.CID_AUTOBRIGHTNESS, [0]],
  // Manual, and shutter priority.
  [V4L2.CID_EXPOSURE_AUTO, [1, 2]],
  [V4L2.CID_FOCUS_AUTO, [0]],
  [V4L2.CID_ISO_SENSITIVITY_AUTO, [0]],
]);

/**
 * Sets governed controls while their automatic is off: otherwise cameras refuse them
 * (uvc_ctrl_is_accessible of uvc_ctrl.c: EACCES).
 */
function inOrder(changes: readonly ControlChange[]): ControlChange[] {
  const rank = ({ control, value }: ControlChange) => {
    const manual = MANUAL.get(control.id);
    if (manual !== undefined) return manual.includes(value) ? 0 : 2;
    return control.inactive ? 3 : 1;
  };
  return [...changes].sort((a, b) => rank(a) - rank(b));
}

async function setControl(device: Device, id: number, value: number): Promise<void> {
  await device.call("S_CTRL", new Struct(CONTROL, { id, value }));
}

async function undo(device: Device, done: readonly ControlChange[], why: string): Promise<ControlError> {
  const left: string[] = [];
  for (const { control, value } of done.toReversed()) {
    const { id, name, type, isRead, value: before } = control;
    const isBack =
      isRead &&
      (await setControl(device, id, before).then(
        () => true,
        () => false,
      ));
    if (!isBack) left.push(type === "button" ? `${name} was pushed` : `${name} stays ${value}`);
  }
  const state = left.length === 0 ? "nothing was changed" : `${left.reverse().join(" and ")}, and cannot be set back`;
  return new ControlError(`${why}; ${state}`);
}

/** Earlier changes may have changed what governs it. */
async function refusal(device: Device, { name, id }: KnownControl, error: unknown): Promise<string> {
  if (!(error instanceof SystemError)) return describeError(error);
  if (error.code === "EBUSY") return `${name} cannot be set now: the camera is busy with it`;
  const query = new Struct(QUERYCTRL, { id });
  const isKnown = await device.has("QUERYCTRL", query).catch(() => false);
  if (isKnown && (query.get("flags") & V4L2.CTRL_FLAG_INACTIVE) !== 0)
    return `${name} cannot be set while an automatic control governs it`;
  return `The camera refused ${name} (${error.code})`;
}
