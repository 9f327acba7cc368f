import assert from "node:assert/strict";
import { test } from "node:test";
import type { Control } from "../../../src/core/controls.ts";
import { spell } from "../../../src/drivers/v4l2/controls.ts";
import { beside, fakeCamera, NEEDS_FAKECAM } from "../../support/cameras/fakecam.ts";

test("names are spelled as v4l2-ctl spells them", () => {
  assert.equal(spell("Exposure Time, Absolute"), "exposure_time_absolute");
  assert.equal(spell("White Balance Temperature"), "white_balance_temperature");
  assert.equal(spell("Focus (absolute)"), "focus_absolute");
  assert.equal(spell("-- LED1 Mode --"), "led1_mode");
});

const OPEN = `
  const { webcam } = await src("drivers/webcam/webcam.ts");
  const options = webcam.options.parse({ address: "/dev/video0" });
  const values = async () => Object.fromEntries((await webcam.controls(options)).map(({ name, value }) => [name, value]));
  const refusal = (promise) => promise.then(() => "set", (error) => error.name + ": " + error.message);`;

test("controls are read with their ranges and menus", { skip: NEEDS_FAKECAM }, async (t) => {
  const [controls] = await beside(fakeCamera(t, { count: 2 }), `${OPEN} print(await webcam.controls(options));`);
  const common = { inactive: false, readOnly: false, step: 1 };
  const menu = [
    { value: 1, name: "Manual Mode" },
    { value: 3, name: "Aperture Priority Mode" },
  ];
  assert.deepEqual(controls, [
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
  const results = await beside(
    fakeCamera(t, { count: 2 }),
    `${OPEN}
     const stop = new AbortController();
     const pictures = webcam.open(options, { signal: stop.signal, dropped() {} });
     await pictures.next();
     await webcam.setControls(options, { brightness: 140, exposure_auto: 1, exposure_absolute: 300 });
     print(await values());
     print(await refusal(webcam.setControls(options, { brightness: 7, sharpness: 1 })));
     print(await refusal(webcam.setControls(options, { brightness: 256 })));
     print(await refusal(webcam.setControls(options, { brightness: 1.5 })));
     print(await refusal(webcam.setControls(options, { auto_exposure: 2 })));
     print(await values());
     print((await pictures.next()).done);
     stop.abort();
     await pictures.return();`,
  );
  const set = { brightness: 140, auto_exposure: 1, exposure_time_absolute: 300 };
  assert.deepEqual(results, [
    set,
    "ControlError: The camera has no sharpness; it has brightness, auto_exposure, exposure_time_absolute",
    "ControlError: brightness must be a whole number from 0 to 255, got 256",
    "ControlError: brightness must be a whole number from 0 to 255, got 1.5",
    "ControlError: auto_exposure must be one of 1 (Manual Mode), 3 (Aperture Priority Mode), got 2",
    set,
    false,
  ]);
});

const TIME_LAST = { auto_exposure: 1, exposure_time_absolute: 300 };
const AUTO_AGAIN = { auto_exposure: 3, exposure_time_absolute: 90 };

test("governed controls are set while their automatic control is off, in any order of names", {
  skip: NEEDS_FAKECAM,
}, async (t) => {
  const results = await beside(
    fakeCamera(t, { count: 2 }),
    `${OPEN}
     for (const wish of ${JSON.stringify([TIME_LAST, AUTO_AGAIN, { exposure_time_absolute: 77, auto_exposure: 1 }])}) {
       await webcam.setControls(options, wish);
       print(await values());
     }
     await webcam.setControls(options, { auto_exposure: 3 });
     print(await refusal(webcam.setControls(options, { brightness: 1, exposure_time_absolute: 5 })));
     print(await values());`,
  );
  const brightness = 128;
  assert.deepEqual(results, [
    { brightness, ...TIME_LAST },
    { brightness, ...AUTO_AGAIN },
    { brightness, auto_exposure: 1, exposure_time_absolute: 77 },
    "ControlError: exposure_time_absolute cannot be set while an automatic control governs it; nothing was changed",
    { brightness, auto_exposure: 3, exposure_time_absolute: 77 },
  ]);
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
    const results = await beside(
      fakeCamera(t, { count: 2, settings: { REFUSE: `${TIME}=${errno}` } }),
      `${OPEN}
       print(await refusal(webcam.setControls(options, { brightness: 7, exposure_time_absolute: 9, auto_exposure: 1 })));
       print(await values());`,
    );
    const untouched = { brightness: 128, auto_exposure: 3, exposure_time_absolute: 250 };
    assert.deepEqual(results, [`ControlError: ${why}; nothing was changed`, untouched]);
  });
}

test("controls that cannot be set back are reported", { skip: NEEDS_FAKECAM }, async (t) => {
  const refuse = `${TIME}=5,${BRIGHTNESS}:128=5`;
  const results = await beside(
    fakeCamera(t, { count: 2, settings: { MORE_CONTROLS: 1, REFUSE: refuse } }),
    `${OPEN}
     const wish = { auto_exposure: 1, brightness: 7, bits: 4, secret: 2, pan_reset: 1, exposure_time_absolute: 9 };
     print(await refusal(webcam.setControls(options, wish)));
     const { brightness, bits, auto_exposure } = await values();
     print({ brightness, bits, auto_exposure });`,
  );
  assert.deepEqual(results, [
    "ControlError: The camera refused exposure_time_absolute (EIO); " +
      "brightness stays 7 and secret stays 2 and pan_reset was pushed, and cannot be set back",
    { brightness: 7, bits: 0x8000_0001, auto_exposure: 3 },
  ]);
});

test("controls of every kind are read: those that are no numbers, or are switched off, are skipped", {
  skip: NEEDS_FAKECAM,
}, async (t) => {
  const [controls, lasting, ...rest] = await beside(
    fakeCamera(t, { count: 2, settings: { MORE_CONTROLS: 1 } }),
    `${OPEN}
     const { Device } = await src("drivers/v4l2/device.ts");
     const { writeControls } = await src("drivers/v4l2/set-controls.ts");
     print(await webcam.controls(options));
     const device = await Device.open("/dev/video0");
     print(await writeControls(device, { bits: 2147483652, rates: 0, pan_reset: 1, exposure_auto: 1 }));
     await device.close();
     print((await values()).bits);
     for (const wish of [{ count: 1 }, { taken: 1 }, { rates: 1 }, { bits: 2 }]) {
       print(await refusal(webcam.setControls(options, wish)));
     }`,
  );
  const brief = (controls as Control[]).map(({ name, type, value, readOnly }) => [name, type, value, readOnly]);
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
  const [bits, rates] = ["bits", "rates"].map((name) => (controls as Control[]).find((one) => one.name === name));
  assert.deepEqual([bits?.min, bits?.max, bits?.default], [0, 0x8000_0005, 0x8000_0001]);
  assert.deepEqual(rates?.menu, [
    { value: 0, name: "25" },
    { value: 2, name: "5000000000" },
  ]);
  // What a camera that forgot it is told again; to push a button is done once.
  assert.deepEqual(lasting, { bits: 2147483652, rates: 0, auto_exposure: 1 });
  assert.deepEqual(rest, [
    2147483652,
    "ControlError: count can be read, not set",
    "ControlError: taken can be read, not set",
    "ControlError: rates must be one of 0 (25), 2 (5000000000), got 1",
    "ControlError: bits must be 0 or a sum of 1, 4, 2147483648, each at most once, got 2",
  ]);
});

test("a control that fails to tell of itself hides none of the others", { skip: NEEDS_FAKECAM }, async (t) => {
  for (const [id, missing] of [
    ["0x980900", "brightness"],
    ["0x98091a", "white_balance_temperature"],
    ["0x9a0902", "exposure_time_absolute"],
  ]) {
    const camera = fakeCamera(t, { count: 2, settings: { MORE_CONTROLS: 1, QUERY_EIO: id as string } });
    const [found] = await beside(camera, `${OPEN} print(Object.keys(await values()));`);
    const names = found as string[];
    assert.deepEqual([names.length, names.includes(missing as string)], [10, false], missing);
    assert.equal(names.at(-1), "pan_reset");
  }
});

test("a camera that comes back reports the controls that it refuses, and takes the rest", {
  skip: NEEDS_FAKECAM,
}, async (t) => {
  const camera = fakeCamera(t, { count: 2, settings: { REFUSE: `${BRIGHTNESS}=5` } });
  const results = await beside(
    camera,
    `${OPEN}
     const configured = { controls: "brightness=9,exposure_auto=1,exposure_absolute=33,zeal=1" };
     const pictures = webcam.open(webcam.options.parse(configured), { signal: new AbortController().signal, dropped() {}, note: print });
     await pictures.next();
     print(await values());
     await pictures.return();`,
  );
  const problems =
    "The camera has no zeal; it has brightness, auto_exposure, exposure_time_absolute; The camera refused brightness (EIO)";
  assert.deepEqual(results, [
    `Some controls are not set: ${problems}`,
    "Fake Camera at /dev/video0: 1280x720 MJPG at 30 fps",
    { brightness: 128, auto_exposure: 1, exposure_time_absolute: 33 },
  ]);
});

test("controls are set again after the camera was unplugged", { skip: NEEDS_FAKECAM }, async (t) => {
  const camera = fakeCamera(t, { count: 2 });
  const results = await beside(
    camera,
    `${OPEN}
     const { writeFileSync, rmSync } = await import("node:fs");
     const plug = process.env.FAKECAM_UNPLUG_FILE;
     const withBrightness = webcam.options.parse({ controls: "brightness=99,auto_exposure=1" });
     const context = { signal: new AbortController().signal, dropped() {}, note: print };
     const first = webcam.open(withBrightness, context);
     await first.next();
     print(await values());
     await webcam.setControls(withBrightness, { brightness: 11 });
     writeFileSync(plug, "");
     print(await refusal((async () => { while (true) await first.next(); })()));
     rmSync(plug);
     print(await values());
     const second = webcam.open(withBrightness, context);
     await second.next();
     print(await values());
     await second.return();`,
  );
  const note = "Fake Camera at /dev/video0: 1280x720 MJPG at 30 fps";
  assert.deepEqual(results, [
    note,
    { brightness: 99, auto_exposure: 1, exposure_time_absolute: 250 },
    "Error: The camera at /dev/video0 was unplugged",
    { brightness: 128, auto_exposure: 3, exposure_time_absolute: 250 },
    note,
    { brightness: 11, auto_exposure: 1, exposure_time_absolute: 250 },
  ]);
});
