import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { devicesText, findCamera, withoutPiNodes } from "../../../src/drivers/list-devices.ts";
import { listPiCameras, parsePiCameras } from "../../../src/drivers/rpicam/list-pi-cameras.ts";
import { rpicamArguments } from "../../../src/drivers/rpicam/options.ts";
import { rpicam } from "../../../src/drivers/rpicam/rpicam.ts";
import { SetupError } from "../../../src/util/errors.ts";
import { NEEDS_FAKECAM, ownCamera } from "../../support/cameras/fakecam.ts";
import { failureOf, openDriver } from "../../support/cameras/open-driver.ts";
import { until } from "../../support/deferred.ts";
import { FAKE_FRAMES } from "../../support/paths.ts";
import { allChildrenGone, children, needsProc, setPath } from "../../support/programs/processes.ts";
import { type RpicamFacts, type RpicamStub, rpicamStub } from "../../support/programs/rpicam-stub.ts";
import { refusalOf, startServer } from "../../support/programs/server.ts";
import { testCamera } from "../../support/serve.ts";
import { testFolder } from "../../support/temporary-folder.ts";
import { needs } from "../../support/tools.ts";
import { virtualTime } from "../../support/virtual-time.ts";

const skip = needs("python3") || needsProc || (process.platform !== "linux" && "Linux's program");
const folder = testFolder();
const pictures = FAKE_FRAMES.map((path) => readFileSync(path));
const parsed = (options: Record<string, unknown>) => rpicam.options.parse(options);
const check = (options: Record<string, unknown>) => rpicam.check?.(parsed(options)) as Promise<void>;

/** The stand-in alone on the PATH until the test ends. */
function installed(t: TestContext, facts?: RpicamFacts): RpicamStub {
  const stub = rpicamStub(folder, facts);
  setPath(t, stub.folder);
  return stub;
}

test("frames come as the program wrote them, in order, by default at 1280x720", {
  skip,
}, async (t) => {
  const stub = installed(t);
  const camera = openDriver(t, rpicam, {});
  for (let count = 0; count < 6; count++) assert.deepEqual(await camera.next(), pictures[count % 3]);
  assert.deepEqual(stub.runs(), [
    {
      camera: 0,
      codec: "mjpeg",
      output: "-",
      timeout: "0",
      nopreview: true,
      flush: true,
      verbose: 0,
      width: 1280,
      height: 720,
      quality: 80,
    },
  ]);
  await camera.close();
  await allChildrenGone();
});

test("every option reaches the program as its documentation has it", { skip }, async (t) => {
  const stub = installed(t, { cameras: ["imx219", "imx477"] });
  const tuning = join(folder, "my tuning.json");
  writeFileSync(tuning, "{}");
  const words = { rotation: "180", exposure: "sport", awb: "daylight", denoise: "cdn_fast", roi: "0.25,0.25,0.5,.5" };
  const numbers = { width: "640", height: "480", quality: "55", shutter: "20000", gain: "2.5", ev: "-1.5" };
  const looks = { brightness: "-0.25", contrast: "1.5", saturation: "0", sharpness: "2" };
  const options = { address: "1", fps: "50", hflip: "true", vflip: "true", tuning, ...words, ...numbers, ...looks };
  await check(options);
  await openDriver(t, rpicam, options).next();
  const [run] = stub.runs();
  const { codec, output, timeout, nopreview, flush, verbose, ...rest } = run ?? {};
  assert.deepEqual(rest, {
    camera: 1,
    framerate: 50,
    hflip: true,
    vflip: true,
    "tuning-file": tuning,
    ...words,
    rotation: 180,
    ...{ width: 640, height: 480, quality: 55, shutter: "20000", gain: 2.5, ev: -1.5 },
    ...{ brightness: -0.25, contrast: 1.5, saturation: 0, sharpness: 2 },
  });
});

test("a lone width or height keeps 16:9", () => {
  const line = (options: Record<string, string>) => rpicamArguments(parsed(options)).join(" ");
  assert.match(line({ width: "640" }), / --width 640 --height 360 /);
  assert.match(line({ height: "1080" }), / --width 1920 --height 1080 /);
  assert.match(line({ width: "20" }), / --width 20 --height 16 /);
});

test("values that the program does not take are refused at start, with the rule", () => {
  const table: Record<string, [string, RegExp]> = {
    address: ["one", /a whole number from 0 to 15/],
    rotation: ["90", /one of 0, 180/],
    quality: ["0", /from 1 to 100/],
    width: ["1e9", /a whole number/],
    fps: ["0", /above 0/],
    exposure: ["night", /one of normal, sport, long/],
    awb: ["sunny", /one of auto, incandescent/],
    denoise: ["$(reboot)", /one of auto, off/],
    brightness: ["1.5", /a number from -1 to 1/],
    contrast: ["-1", /a number from 0 to 15.99/],
    ev: ["1;reboot", /a number from -10 to 10/],
    shutter: ["0.5", /a whole number/],
    roi: ["0.5,0.5,0.6,0.5", /ends within 1/],
  };
  for (const [name, [value, rule]] of Object.entries(table)) {
    assert.match(String(rpicam.options.safeParse({ [name]: value }).error), rule, name);
  }
  for (const roi of ["0,0,1", "0,0,1,1,1", "0,0,0,1", "a,b,c,d", "0,0,1.5,1", "--help"]) {
    assert.equal(rpicam.options.safeParse({ roi }).success, false, roi);
  }
});

test("libcamera-vid serves where rpicam-vid is not, and rpicam-vid comes first", { skip }, async (t) => {
  const old = rpicamStub(folder, { name: "libcamera-vid" });
  setPath(t, old.folder);
  await check({});
  await openDriver(t, rpicam, {}).next();
  assert.equal(old.runs().length, 1);
  const today = rpicamStub(folder);
  setPath(t, old.folder, today.folder);
  // Another number: what is open under the first is shared.
  assert.match(await failureOf(t, rpicam, { address: "3" }), /^rpicam-vid ended/);
  assert.deepEqual([old.runs().length, today.runs().length], [1, 1]);
});

test("without the program, the start and the opening both say what to install", async (t) => {
  mkdirSync(join(folder, "empty"), { recursive: true });
  setPath(t, join(folder, "empty"));
  const sentence = /^neither rpicam-vid nor libcamera-vid is installed: .*`sudo apt install rpicam-apps`$/;
  await assert.rejects(check({}), (error) => {
    assert.ok(error instanceof SetupError && error.exitCode === 1);
    assert.match(error.message, sentence);
    return true;
  });
  assert.match(await failureOf(t, rpicam, {}), sentence);
  assert.deepEqual(await listPiCameras(), []);
});

test("a tuning file that is not there is refused at the start, with status 2", { skip }, async (t) => {
  installed(t);
  await assert.rejects(check({ tuning: "/nowhere/imx219.json" }), (error) => {
    assert.ok(error instanceof SetupError && error.exitCode === 2);
    assert.match(error.message, /no tuning file at "\/nowhere\/imx219.json"/);
    return true;
  });
});

test("a failure shows the program's error and its meaning, and nothing else", { skip }, async (t) => {
  const table: [RpicamFacts, Record<string, string>, RegExp][] = [
    [{ cameras: [] }, {}, /^rpicam-vid ended with status 255: ERROR: \*\*\* no cameras available \*\*\*: .*ribbon/],
    [{}, { address: "1" }, /^rpicam-vid ended with status 255: ERROR: .* camera is not available \*\*\*: .*devices/],
    [{ fault: { busy: true } }, {}, /status 255: ERROR: \*\*\* failed to acquire camera \S+ \*\*\*: another program/],
  ];
  for (const [facts, options, expected] of table) {
    installed(t, facts);
    assert.match(await failureOf(t, rpicam, options), expected);
  }
});

test("when the program dies its error is in the status, it is started again, and viewers stay", {
  skip,
}, async (t) => {
  const stub = installed(t, { fault: { dies: 5 } });
  const camera = cameraOver(t);
  const frames = camera.subscribe(new AbortController().signal)[Symbol.asyncIterator]();
  for (let count = 0; count < 8; count++) assert.equal((await frames.next()).done, false);
  const { lastError, note } = camera.status();
  assert.equal(lastError?.message, "rpicam-vid ended with status 255: ERROR: *** failed to queue request ***");
  assert.equal(note, "rpicam-vid, camera 0: 1280x720 at 100 fps");
  assert.ok(stub.runs().length >= 2);
  await camera.close();
  await allChildrenGone();
});

test("when the program falls silent it is ended and started again", { skip }, async (t) => {
  const time = virtualTime(t);
  const stub = installed(t, { fault: { quiet: 3 } });
  const camera = cameraOver(t);
  const frames = camera.subscribe(new AbortController().signal)[Symbol.asyncIterator]();
  for (let count = 0; count < 3; count++) assert.equal((await frames.next()).done, false);
  await time.advance(10_000);
  await until("it is started again", async () => {
    await time.advance(1);
    return stub.runs().length === 2;
  });
  assert.equal(camera.status().lastError?.message, "No frame came for 10 s");
  assert.equal((await frames.next()).done, false);
  assert.equal(children().length, 1);
  await time.settle(camera.close());
  await allChildrenGone();
});

test("two cameras on one sensor share one run of the program", { skip }, async (t) => {
  const stub = installed(t);
  const [one, two] = [openDriver(t, rpicam, {}), openDriver(t, rpicam, {})];
  await Promise.all([one.next(), two.next()]);
  await one.close();
  await two.next();
  assert.equal(stub.runs().length, 1);
  assert.equal(children().length, 1);
  await two.close();
  await allChildrenGone();
});

test("the program's list of cameras is read, whatever its version", () => {
  // From the documentation (computers/camera_software.html, list-cameras), and
  // issues of rpicam-apps.
  const text = [
    "Available cameras",
    "-----------------",
    "0 : imx219 [3280x2464] (/base/soc/i2c0mux/i2c@1/imx219@10)",
    "    Modes: 'SRGGB10_CSI2P' : 640x480 [206.65 fps - (1000, 752)/1280x960 crop]",
    "                             3280x2464 [21.19 fps - (0, 0)/3280x2464 crop]",
    "           'SRGGB8' : 640x480 [206.65 fps - (1000, 752)/1280x960 crop]",
    "                      3280x2464 [21.50 fps - (0, 0)/3280x2464 crop]",
    "",
    "1 : imx708_wide [4608x2592 10-bit RGGB] (/base/axi/pcie@1000120000/rp1/i2c@80000/imx708@1a)",
    "    Modes: 'SRGGB10_CSI2P' : 1536x864 [nan fps - (768, 432)/3072x1728 crop]",
    "                             4608x2592 [14.35 fps - (0, 0)/4608x2592 crop]",
    "",
  ].join("\n");
  assert.deepEqual(parsePiCameras(text), [
    {
      index: 0,
      sensor: "imx219",
      id: "/base/soc/i2c0mux/i2c@1/imx219@10",
      modes: [
        { width: 640, height: 480, fps: 206.65 },
        { width: 3280, height: 2464, fps: 21.5 },
      ],
      camera: "rpicam:0",
    },
    {
      index: 1,
      sensor: "imx708_wide",
      id: "/base/axi/pcie@1000120000/rp1/i2c@80000/imx708@1a",
      modes: [{ width: 4608, height: 2592, fps: 14.35 }],
      camera: "rpicam:1",
    },
  ]);
  assert.deepEqual(parsePiCameras("No cameras available!\n"), []);
  assert.deepEqual(parsePiCameras(""), []);
});

test("devices lists the Pi's cameras, with what to write to use them", { skip }, async (t) => {
  installed(t, { cameras: ["imx219", "imx477"] });
  const text = await devicesText();
  const lines = [
    "Raspberry Pi camera 0  imx219 (/base/soc/i2c0mux/i2c@1/imx219@10)",
    "  stillstream rpicam:0",
    "  MJPG  any size; the sensor is read at",
    "    640x480       up to 206.65 fps",
    "    1640x1232     up to 41.85 fps",
    "    1920x1080     up to 47.57 fps",
    "",
    "Raspberry Pi camera 1  imx477 (/base/soc/i2c0mux/i2c@1/imx477@1a)",
    "  stillstream rpicam:1",
    "  MJPG  any size; the sensor is read at",
    "    1332x990      up to 120.05 fps",
    "    4056x3040     up to 10 fps",
    "",
  ];
  // A machine that runs the tests may have cameras of its own.
  assert.ok(text.endsWith(lines.join("\n")), text);
  installed(t, { cameras: [] });
  assert.doesNotMatch(await devicesText(), /Raspberry/);
});

test("the bare word pi, and no camera at all, show the Pi's camera", { skip }, async (t) => {
  installed(t);
  for (const [args, expected] of [
    [["pi"], /rpicam/],
    [[], /serves (rpicam: the first camera found \(imx219, the Raspberry Pi's camera 0\)|webcam)/],
  ] as const) {
    const server = await startServer(t, args, { findCamera });
    assert.match(server.output(), expected);
    if (args.length === 0 && server.output().includes("webcam")) continue;
    const response = await fetch(`${server.url}/snapshot.jpg`);
    const picture = Buffer.from(await response.arrayBuffer());
    assert.ok(pictures.some((one) => one.equals(picture)));
    await server.stop();
  }
});

test("a webcam comes before the Pi's camera, in the list and where none is given", {
  skip: skip || NEEDS_FAKECAM,
}, async (t) => {
  ownCamera(t, { count: 2 });
  installed(t);
  assert.match(await devicesText(), /^\/dev\/video\d+ {2}Fake Camera [\s\S]* fps\n\nRaspberry Pi camera 0 /);
  const server = await startServer(t, [], { findCamera });
  assert.match(server.output(), /serves webcam: the first camera found \(Fake Camera/);
});

test("the Pi's own receivers are no webcams, unless they are all there is", () => {
  const cards = ["unicam", "bcm2835-unicam", "rp1-cfe", "HD Webcam C270", "bcm2835-isp", "pispbe"];
  const devices = cards.map((card) => ({ card }));
  assert.deepEqual(withoutPiNodes(devices, [{}]), [{ card: "HD Webcam C270" }]);
  assert.deepEqual(withoutPiNodes(devices, []), devices);
});

test("without the program, pi ends with status 1 and one sentence", async (t) => {
  mkdirSync(join(folder, "empty"), { recursive: true });
  setPath(t, join(folder, "empty"));
  const { status, stderr } = await refusalOf(t, ["pi"]);
  assert.equal(status, 1);
  assert.match(stderr, /neither rpicam-vid nor libcamera-vid is installed: .*sudo apt install rpicam-apps/);
  assert.equal(stderr.trim().split("\n").length, 1);
});

test("the stand-in refuses what the real program refuses", { skip }, () => {
  const program = join(rpicamStub(folder).folder, "rpicam-vid");
  const refusal = (...args: string[]) => spawnSync(program, args, { encoding: "utf8" }).stderr.trim();
  assert.equal(refusal("--hue", "red"), "ERROR: *** unrecognised option '--hue' ***");
  assert.match(refusal("--width", "wide"), /the argument \('wide'\) for option '--width' is invalid/);
  assert.match(refusal("--verbose", "0"), /belongs to no option: '0'/);
  assert.match(refusal("--rotation", "90"), /transforms requiring transpose not supported/);
  assert.match(refusal("--awb", "sunny"), /Invalid AWB mode: sunny/);
  assert.match(refusal("--width"), /required argument for option '--width' is missing/);
  assert.match(execFileSync(program, ["--list-cameras"], { encoding: "utf8" }), /^Available cameras\n-+\n0 : imx219/);
});

function cameraOver(t: TestContext) {
  const options = parsed({ fps: "100" });
  return testCamera(t, { open: (context) => rpicam.open(options, context) });
}
