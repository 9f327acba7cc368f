import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { type TestContext, test } from "node:test";
import type { CameraEvent } from "../../../src/core/camera-options.ts";
import type { Control, ControlValues } from "../../../src/core/controls.ts";
import { rpicam } from "../../../src/drivers/rpicam/rpicam.ts";
import { openDriver } from "../../support/cameras/open-driver.ts";
import { until } from "../../support/deferred.ts";
import { FAKE_FRAMES } from "../../support/paths.ts";
import { allChildrenGone, children, needsProc, setPath } from "../../support/programs/processes.ts";
import { type RpicamFacts, type RpicamStub, rpicamStub } from "../../support/programs/rpicam-stub.ts";
import { startServer } from "../../support/programs/server.ts";
import { testCamera } from "../../support/serve.ts";
import { testFolder } from "../../support/temporary-folder.ts";
import { needs } from "../../support/tools.ts";
import { watchStream } from "../../support/viewers/watch-stream.ts";
import { virtualTime } from "../../support/virtual-time.ts";

const skip = needs("python3") || needsProc || (process.platform !== "linux" && "Linux's program");
const folder = testFolder();
const pictures = FAKE_FRAMES.map((path) => readFileSync(path));
const SENSORS = Array<string>(16).fill("imx219");

/** What is set on a sensor stays while the process runs: each test has one of its own. */
let sensor = 0;
const ownSensor = () => String(sensor++);

function installed(t: TestContext, facts: RpicamFacts = {}): RpicamStub {
  const stub = rpicamStub(folder, { cameras: SENSORS, ...facts });
  setPath(t, stub.folder);
  return stub;
}

const parsed = (options: Record<string, unknown>) => rpicam.options.parse(options);
type Options = ReturnType<typeof parsed>;
const controlsOf = async (options: Options) => (await rpicam.controls?.(options)) as Control[];
const set = async (options: Options, values: ControlValues) => await rpicam.setControls?.(options, values);

async function valuesOf(options: Options): Promise<Record<string, number>> {
  return Object.fromEntries((await controlsOf(options)).map(({ name, value }) => [name, value]));
}

test("controls are listed without viewers, with the values of the camera's options, and nothing is run", {
  skip,
}, async (t) => {
  const stub = installed(t);
  const options = parsed({
    ...{ address: ownSensor(), fps: "50", brightness: "-0.25", awb: "daylight", hflip: "true", rotation: "180" },
    ...{ gain: "100", shutter: "5000" },
  });
  const controls = await controlsOf(options);
  const plain = { menu: [], inactive: false, readOnly: false };
  const find = (name: string) => controls.find((control) => control.name === name);
  assert.deepEqual(find("brightness"), {
    ...{ ...plain, name: "brightness", type: "number", min: -1, max: 1, step: 0.01, default: 0, value: -0.25 },
  });
  // Two centiseconds is a picture's time at 50 fps.
  assert.deepEqual([find("shutter")?.max, find("shutter")?.value, find("gain")?.max], [20_000, 5000, 100]);
  assert.deepEqual([find("ev")?.inactive, find("exposure")?.inactive, find("awb")?.inactive], [true, true, false]);
  const awb = find("awb");
  assert.deepEqual([awb?.type, awb?.menu[awb.value], awb?.default], ["menu", { value: 5, name: "daylight" }, 0]);
  assert.deepEqual(find("rotation")?.menu, [
    { value: 0, name: "0" },
    { value: 180, name: "180" },
  ]);
  const names = "brightness contrast saturation sharpness ev gain shutter exposure awb denoise rotation hflip vflip";
  assert.equal(controls.map(({ name }) => name).join(" "), names);
  const { contrast, hflip, vflip, rotation } = await valuesOf(options);
  assert.deepEqual({ contrast, hflip, vflip, rotation }, { contrast: 1, hflip: 1, vflip: 0, rotation: 180 });
  assert.deepEqual(stub.runs(), []);
});

test("a set control restarts the program with it, without a failure, and viewers stay", {
  skip,
}, async (t) => {
  const stub = installed(t);
  const options = parsed({ address: ownSensor(), fps: "60", gain: "4", quality: "70", denoise: "cdn_hq" });
  const events: CameraEvent[] = [];
  const camera = testCamera(t, {
    open: (context) => rpicam.open(options, context),
    onEvent: (event) => events.push(event),
  });
  const frames = camera.subscribe(new AbortController().signal)[Symbol.asyncIterator]();
  await frames.next();
  await set(options, { contrast: 1.3, gain: 0, awb: 4, hflip: 1, rotation: 180, denoise: 1, shutter: 8333 });
  assert.equal((await valuesOf(options))["contrast"], 1.3, "it is told at once");
  await until("it runs again", async () => {
    assert.equal((await frames.next()).done, false);
    return stub.runs().length === 2;
  });
  const [before, after] = stub.runs();
  const { gain: _gain, ...rest } = before ?? {};
  assert.deepEqual(after, {
    ...rest,
    ...{ contrast: 1.3, awb: "indoor", hflip: true, rotation: 180, denoise: "off", shutter: "8333" },
  });
  const { jpeg } = (await frames.next()).value as { jpeg: Uint8Array };
  assert.ok(pictures.some((picture) => picture.equals(jpeg)));
  const { state, restarts, lastError, dropped } = camera.status();
  assert.deepEqual(
    { state, restarts, lastError, dropped },
    { state: "live", restarts: 0, lastError: null, dropped: 0 },
  );
  assert.deepEqual(
    events.map(({ kind }) => kind),
    ["opened", "note", "live"],
  );
  assert.equal(children().length, 1);
  await camera.close();
  await allChildrenGone();
});

test("a slider that is moved starts one program at a time, few in all, and the last value wins", {
  skip,
}, async (t) => {
  const time = virtualTime(t);
  const stub = installed(t, { slow: 0.2 });
  const options = parsed({ address: ownSensor(), fps: "60" });
  const camera = testCamera(t, { stallMs: 3_600_000, open: (context) => rpicam.open(options, context) });
  const frames = camera.subscribe(new AbortController().signal)[Symbol.asyncIterator]();
  const move = async (from: number, to: number) => {
    for (let step = from; step <= to; step++) {
      await set(options, { brightness: step / 100 });
      await time.advance(30);
    }
  };
  await move(1, 20);
  // From before its first picture.
  const running = (async () => {
    while (!(await frames.next()).done) assert.ok(children().length <= 1, "one at a time");
  })();
  await until("its first picture came", () => camera.status().frames > 0);
  await move(21, 40);
  await time.until("the last is on", () => stub.runs().at(-1)?.["brightness"] === 0.4);
  const { frames: seen } = camera.status();
  await until("pictures come", () => camera.status().frames > seen + 5);
  // The first run, at most one while it moved, and the last.
  assert.ok(stub.runs().length <= 3, `${stub.runs().length} runs`);
  assert.deepEqual([camera.status().restarts, camera.status().lastError], [0, null]);
  await time.settle(camera.close());
  await running;
  await allChildrenGone();
});

test("a slider that never rests still takes effect", { skip }, async (t) => {
  const time = virtualTime(t);
  const stub = installed(t);
  const address = ownSensor();
  await openDriver(t, rpicam, { address, fps: "60" }).next();
  let step = 0;
  await until("it was started again", async () => {
    await set(parsed({ address }), { contrast: 1 + (step++ % 100) / 100 });
    await time.advance(50);
    return stub.runs().length > 1;
  });
});

test("a control that is set back in time restarts nothing", { skip }, async (t) => {
  const time = virtualTime(t);
  const stub = installed(t);
  const address = ownSensor();
  const camera = openDriver(t, rpicam, { address, fps: "60" });
  await camera.next();
  await set(parsed({ address }), { sharpness: 3, gain: 2, hflip: 1 });
  await set(parsed({ address }), { sharpness: 1, gain: 0, hflip: 0 });
  await time.advance(3000);
  // A change that is not set back starts the second run.
  await set(parsed({ address }), { contrast: 1.5 });
  await time.until("it was started again", () => stub.runs().length > 1);
  const [first, second, ...others] = stub.runs();
  assert.deepEqual([second, others], [{ ...first, contrast: 1.5 }, []]);
});

test("invalid values are all refused in plain words, and nothing is set", { skip }, async (t) => {
  const stub = installed(t);
  const options = parsed({ address: ownSensor() });
  for (const [values, sentence] of [
    [{ brightness: 0.5, zeal: 1 }, /^The camera has no zeal; it has brightness, .* vflip$/],
    [{ brightness: 0.5, contrast: 16 }, /^contrast must be a number from 0 to 15.99, got 16$/],
    [{ brightness: 0.5, awb: 8 }, /^awb must be one of 0 \(auto\), .* 7 \(custom\), got 8$/],
    [{ brightness: 0.5, rotation: 90 }, /^rotation must be one of 0 \(0\), 180 \(180\), got 90$/],
    [{ brightness: 0.5, hflip: 0.5 }, /^hflip must be a whole number from 0 to 1, got 0.5$/],
    [{ brightness: 0.5, shutter: 40_000 }, /^shutter must be a number from 0 to 33333, got 40000$/],
    [{ brightness: 0.5, constructor: 1 }, /^The camera has no constructor;/],
  ] as const) {
    await assert.rejects(set(options, values), (error: Error) => {
      assert.equal(error.name, "ControlError");
      assert.match(error.message, sentence);
      return true;
    });
    assert.equal((await valuesOf(options))["brightness"], 0);
  }
  assert.deepEqual(stub.runs(), []);
});

test("controls stay set when the camera is opened again, in the program's own spelling", {
  skip,
}, async (t) => {
  const stub = installed(t);
  const address = ownSensor();
  await set(parsed({ address }), { ev: -0.7, saturation: 1e-7, gain: 2.123456 });
  for (let count = 1; count <= 2; count++) {
    const camera = openDriver(t, rpicam, { address });
    await camera.next();
    await camera.close();
    const { ev, saturation, gain } = stub.runs()[count - 1] ?? {};
    assert.deepEqual({ ev, saturation, gain }, { ev: -0.7, saturation: 0, gain: 2.1235 });
  }
});

test("cameras on one sensor share its controls", { skip }, async (t) => {
  const stub = installed(t);
  const address = ownSensor();
  const [a, b] = [parsed({ address, brightness: "0.1" }), parsed({ address, brightness: "0.2", fps: "10" })];
  const first = openDriver(t, rpicam, { address, brightness: "0.1" });
  await first.next();
  const second = openDriver(t, rpicam, { address, brightness: "0.2", fps: "10" });
  await second.next();
  // What is shown is what the first opened.
  assert.deepEqual([(await valuesOf(a))["brightness"], (await valuesOf(b))["brightness"]], [0.1, 0.1]);
  await set(b, { brightness: 0.4 });
  await until("it runs again", async () => {
    await Promise.all([first.next(), second.next()]);
    return stub.runs().length === 2;
  });
  assert.equal(stub.runs()[1]?.["brightness"], 0.4);
  assert.deepEqual([(await valuesOf(a))["brightness"], (await valuesOf(b))["brightness"]], [0.4, 0.4]);
  await first.close();
  await second.close();
  // At 10 fps an exposure may be longer than at 30: what was right for one camera
  // does not keep the other from opening.
  await set(b, { shutter: 90_000 });
  await openDriver(t, rpicam, { address }).next();
  assert.equal(stub.runs()[2]?.["shutter"], "90000");
});

test("over HTTP a fraction is set on the Pi's camera, and its viewers stay", { skip }, async (t) => {
  const stub = installed(t);
  const server = await startServer(t, [`rpicam:${ownSensor()}`]);
  const viewer = watchStream(t, `${server.url}/video_feed`);
  await until("a picture", () => viewer.pictures.length > 0);
  const url = `${server.url}/api/cameras/rpicam/controls`;
  const response = await fetch(url, { method: "PATCH", body: '{"brightness": 0.15, "exposure": 1}' });
  assert.equal(response.status, 200);
  const { controls } = (await response.json()) as { controls: Control[] };
  assert.equal(controls.find(({ name }) => name === "brightness")?.value, 0.15);
  await until("it runs again", () => stub.runs().length === 2);
  assert.deepEqual([stub.runs()[1]?.["brightness"], stub.runs()[1]?.["exposure"]], [0.15, "sport"]);
  const { length } = viewer.pictures;
  await until("more pictures", () => viewer.pictures.length > length + 5);
  assert.equal(viewer.ended, false);
  const wrong = await fetch(url, { method: "PATCH", body: '{"brightness": 2}' });
  assert.equal(((await wrong.json()) as { error: string }).error, "brightness must be a number from -1 to 1, got 2.");
});
