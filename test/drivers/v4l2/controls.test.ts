import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { Control, ControlValues } from "../../../src/core/controls.ts";
import { spell } from "../../../src/drivers/v4l2/controls.ts";
import { Device } from "../../../src/drivers/v4l2/device.ts";
import { writeControls } from "../../../src/drivers/v4l2/set-controls.ts";
import { webcam } from "../../../src/drivers/webcam/webcam.ts";
import { NEEDS_FAKECAM, ownCamera } from "../../support/cameras/fakecam.ts";
import { openDriver } from "../../support/cameras/open-driver.ts";

test("names are spelled as v4l2-ctl spells them", () => {
  assert.equal(spell("Exposure Time, Absolute"), "exposure_time_absolute");
  assert.equal(spell("White Balance Temperature"), "white_balance_temperature");
  assert.equal(spell("Focus (absolute)"), "focus_absolute");
  assert.equal(spell("-- LED1 Mode --"), "led1_mode");
});

/** A camera with those settings of the emulator, and its controls. */
function withControls(t: TestContext, settings: Record<string, string | number> = {}) {
  const camera = ownCamera(t, { count: 2, settings });
  const options = webcam.options.parse({ address: camera.path });
  const controls = async () => (await webcam.controls?.(options)) as Control[];
  const set = async (values: ControlValues) => await webcam.setControls?.(options, values);
  return {
    ...{ camera, options, controls, set },
    values: async () => Object.fromEntries((await controls()).map(({ name, value }) => [name, value])),
    /** Sets controls; returns why that was refused. */
    refusal: async (values: ControlValues) => {
      return await set(values).then(
        () => "set",
        (error: Error) => `${error.name}: ${error.message}`,
      );
    },
  };
}

test("controls are read with their ranges and menus", { skip: NEEDS_FAKECAM }, async (t) => {
  const common = { inactive: false, readOnly: false, step: 1 };
  const menu = [
    { value: 1, name: "Manual Mode" },
    { value: 3, name: "Aperture Priority Mode" },
  ];
  assert.deepEqual(await withControls(t).controls(), [
    { ...common, name: "brightness", type: "integer", min: 0, max: 255, default: 128, value: 128, menu: [] },
    { ...common, name: "auto_exposure", type: "menu", min: 0, max: 3, default: 3, value: 3, menu },
    {
      ...{ ...common, name: "exposure_time_absolute", type: "integer", min: 3, max: 2047, default: 250, value: 250 },
      ...{ menu: [], inactive: true },
    },
  ]);
});

test("controls are set during a stream, also by their old names, all or none", {
  skip: NEEDS_FAKECAM,
}, async (t) => {
  const { camera, set, values, refusal } = withControls(t);
  const driver = openDriver(t, webcam, { address: camera.path });
  await driver.next();
  await set({ brightness: 140, exposure_auto: 1, exposure_absolute: 300 });
  const expected = { brightness: 140, auto_exposure: 1, exposure_time_absolute: 300 };
  assert.deepEqual(await values(), expected);
  for (const [wish, sentence] of [
    [
      { brightness: 7, sharpness: 1 },
      "The camera has no sharpness; it has brightness, auto_exposure, exposure_time_absolute",
    ],
    [{ brightness: 256 }, "brightness must be a whole number from 0 to 255, got 256"],
    [{ brightness: 1.5 }, "brightness must be a whole number from 0 to 255, got 1.5"],
    [{ auto_exposure: 2 }, "auto_exposure must be one of 1 (Manual Mode), 3 (Aperture Priority Mode), got 2"],
  ] as [ControlValues, string][]) {
    assert.equal(await refusal(wish), `ControlError: ${sentence}`);
    assert.deepEqual(await values(), expected);
  }
  await driver.next();
});

const TIME_LAST = { auto_exposure: 1, exposure_time_absolute: 300 };
const AUTO_AGAIN = { auto_exposure: 3, exposure_time_absolute: 90 };

test("governed controls are set while their automatic control is off, in any order of names", {
  skip: NEEDS_FAKECAM,
}, async (t) => {
  const { set, values, refusal } = withControls(t);
  const brightness = 128;
  for (const wish of [TIME_LAST, AUTO_AGAIN, { exposure_time_absolute: 77, auto_exposure: 1 }]) {
    await set(wish);
    assert.deepEqual(await values(), { brightness, ...wish });
  }
  await set({ auto_exposure: 3 });
  assert.equal(
    await refusal({ brightness: 1, exposure_time_absolute: 5 }),
    "ControlError: exposure_time_absolute cannot be set while an automatic control governs it; nothing was changed",
  );
  assert.deepEqual(await values(), { brightness, auto_exposure: 3, exposure_time_absolute: 77 });
});

/** VIDIOC_S_CTRL of these controls fails, by their ids, for that value and with that error. */
const [BRIGHTNESS, TIME] = ["0x980900", "0x9a0902"];

for (const [errno, why] of [
  [5, "The camera refused exposure_time_absolute (EIO)"],
  [22, "The camera refused exposure_time_absolute (EINVAL)"],
  [34, "The camera refused exposure_time_absolute (ERANGE)"],
  [16, "exposure_time_absolute cannot be set now: the camera is busy with it"],
] as const) {
  test(`what came before a control that is refused with error ${errno} is set back`, {
    skip: NEEDS_FAKECAM,
  }, async (t) => {
    const { values, refusal } = withControls(t, { REFUSE: `${TIME}=${errno}` });
    const refused = await refusal({ brightness: 7, exposure_time_absolute: 9, auto_exposure: 1 });
    assert.equal(refused, `ControlError: ${why}; nothing was changed`);
    assert.deepEqual(await values(), { brightness: 128, auto_exposure: 3, exposure_time_absolute: 250 });
  });
}

test("controls that cannot be set back are reported", { skip: NEEDS_FAKECAM }, async (t) => {
  const { values, refusal } = withControls(t, { MORE_CONTROLS: 1, REFUSE: `${TIME}=5,${BRIGHTNESS}:128=5` });
  const wish = { auto_exposure: 1, brightness: 7, bits: 4, secret: 2, pan_reset: 1, exposure_time_absolute: 9 };
  assert.equal(
    await refusal(wish),
    "ControlError: The camera refused exposure_time_absolute (EIO); " +
      "brightness stays 7 and secret stays 2 and pan_reset was pushed, and cannot be set back",
  );
  const { brightness, bits, auto_exposure } = await values();
  assert.deepEqual({ brightness, bits, auto_exposure }, { brightness: 7, bits: 0x8000_0001, auto_exposure: 3 });
});

test("controls of every kind are read: those that are no numbers, or are switched off, are skipped", {
  skip: NEEDS_FAKECAM,
}, async (t) => {
  const { camera, controls: readControls, values, refusal } = withControls(t, { MORE_CONTROLS: 1 });
  const controls = await readControls();
  const brief = controls.map(({ name, type, value, readOnly }) => [name, type, value, readOnly]);
  assert.deepEqual(brief, [
    ["brightness", "integer", 128, false],
    ["white_balance_automatic", "boolean", 1, false],
    ["white_balance_temperature", "integer", 4600, false],
    ["bits", "bitmask", 0x8000_0001, false],
    ["rates", "menu", 2, false],
    ["secret", "integer", 3, false],
    ["count", "integer", 7, true],
    ["taken", "integer", 0, true],
    ["auto_exposure", "menu", 3, false],
    ["exposure_time_absolute", "integer", 250, false],
    ["pan_reset", "button", 0, false],
  ]);
  const [bits, rates] = ["bits", "rates"].map((name) => controls.find((one) => one.name === name));
  assert.deepEqual([bits?.min, bits?.max, bits?.default], [0, 0x8000_0005, 0x8000_0001]);
  assert.deepEqual(rates?.menu, [
    { value: 0, name: "25" },
    { value: 2, name: "5000000000" },
  ]);
  const device = await Device.open(camera.path);
  const lasting = await writeControls(device, { bits: 2147483652, rates: 0, pan_reset: 1, exposure_auto: 1 });
  await device.close();
  // What a camera that forgot it is told again; to push a button is done once.
  assert.deepEqual(lasting, { bits: 2147483652, rates: 0, auto_exposure: 1 });
  assert.equal((await values())["bits"], 2147483652);
  for (const [wish, sentence] of [
    [{ count: 1 }, "count can be read, not set"],
    [{ taken: 1 }, "taken can be read, not set"],
    [{ rates: 1 }, "rates must be one of 0 (25), 2 (5000000000), got 1"],
    [{ bits: 2 }, "bits must be 0 or a sum of 1, 4, 2147483648, each at most once, got 2"],
  ] as [ControlValues, string][]) {
    assert.equal(await refusal(wish), `ControlError: ${sentence}`);
  }
});

for (const [id, missing] of [
  ["0x980900", "brightness"],
  ["0x98091a", "white_balance_temperature"],
  ["0x9a0902", "exposure_time_absolute"],
] as const) {
  test(`if querying ${missing} fails, it hides none of the others`, { skip: NEEDS_FAKECAM }, async (t) => {
    const names = Object.keys(await withControls(t, { MORE_CONTROLS: 1, QUERY_EIO: id }).values());
    assert.deepEqual([names.length, names.includes(missing)], [10, false]);
    assert.equal(names.at(-1), "pan_reset");
  });
}

test("a camera that comes back reports the controls that it refuses, and takes the rest", {
  skip: NEEDS_FAKECAM,
}, async (t) => {
  const { camera, values } = withControls(t, { REFUSE: `${BRIGHTNESS}=5` });
  const controls = "brightness=9,exposure_auto=1,exposure_absolute=33,zeal=1";
  const driver = openDriver(t, webcam, { address: camera.path, controls });
  await driver.next();
  const problems =
    "The camera has no zeal; it has brightness, auto_exposure, exposure_time_absolute; The camera refused brightness (EIO)";
  assert.deepEqual(driver.notes, [
    `Some controls are not set: ${problems}`,
    `Fake Camera at ${camera.path}: 1280x720 MJPG at 30 fps`,
  ]);
  assert.deepEqual(await values(), { brightness: 128, auto_exposure: 1, exposure_time_absolute: 33 });
});

test("controls are set again after the camera was unplugged", { skip: NEEDS_FAKECAM }, async (t) => {
  const { camera, set, values } = withControls(t);
  const options = { address: camera.path, controls: "brightness=99,auto_exposure=1" };
  const first = openDriver(t, webcam, options);
  await first.next();
  assert.deepEqual(await values(), { brightness: 99, auto_exposure: 1, exposure_time_absolute: 250 });
  await set({ brightness: 11 });
  camera.unplug();
  assert.equal((await first.untilFailure()).failure.message, `The camera at ${camera.path} was unplugged`);
  camera.plug();
  assert.deepEqual(await values(), { brightness: 128, auto_exposure: 3, exposure_time_absolute: 250 });
  await openDriver(t, webcam, options).next();
  assert.deepEqual(await values(), { brightness: 11, auto_exposure: 1, exposure_time_absolute: 250 });
});
