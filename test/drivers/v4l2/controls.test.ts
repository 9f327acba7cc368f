import assert from "node:assert/strict";
import { test } from "node:test";
import { spell } from "../../../src/drivers/v4l2/controls.ts";
import { beside, fakeCamera, NEEDS_FAKECAM } from "../../support/fakecam.ts";

test("names are spelled as v4l2-ctl spells them", () => {
  assert.equal(spell("Exposure Time, Absolute"), "exposure_time_absolute");
  assert.equal(spell("White Balance Temperature"), "white_balance_temperature");
  assert.equal(spell("Focus (absolute)"), "focus_absolute");
  assert.equal(spell("-- LED1 Mode --"), "led1_mode");
});

const OPEN = `
  const { webcam } = await src("drivers/webcam.ts");
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

test("controls are set while pictures come, by their old names too, all or none", {
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

test("what was set comes back when the camera was unplugged", { skip: NEEDS_FAKECAM }, async (t) => {
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
