import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { ListedCamera } from "../../src/drivers/list-devices.ts";
import { fakeCamera, NEEDS_FAKECAM } from "../support/cameras/fakecam.ts";
import { until } from "../support/deferred.ts";
import { childrenOf, needsProc } from "../support/programs/processes.ts";
import { type Program, startProgram } from "../support/programs/program.ts";
import { type RpicamFacts, rpicamStub } from "../support/programs/rpicam-stub.ts";
import { testFolder } from "../support/temporary-folder.ts";
import { needs } from "../support/tools.ts";
import { watchStream } from "../support/viewers/watch-stream.ts";

const skip = needs("python3") || needsProc || (process.platform !== "linux" && "Linux's program");
const folder = testFolder();

async function serve(t: TestContext, facts: RpicamFacts = {}, env: Readonly<Record<string, string>> = {}) {
  const stub = rpicamStub(folder, facts);
  const program = await startProgram(t, ["pi", "--linger", "50ms"], { env: { ...env, PATH: stub.folder } });
  const lists = () => stub.runs().filter((run) => run["list-cameras"] === true).length;
  return { program, lists };
}

/** Those of the Pi: a machine that runs the tests may have others. */
async function piDevices({ url }: Program): Promise<ListedCamera[]> {
  const { devices } = (await (await fetch(`${url}/api/devices`)).json()) as { devices: ListedCamera[] };
  return devices.filter(({ camera }) => camera.startsWith("rpicam"));
}

test("the Pi's cameras are listed with their sizes and rates, beside webcams, by one run of the program", {
  skip: skip || NEEDS_FAKECAM,
}, async (t) => {
  const before = Date.now();
  const webcam = fakeCamera(t, { count: 2 });
  const { program, lists } = await serve(t, { cameras: ["imx477", "imx219"] }, webcam.env);
  const { devices } = (await (await fetch(`${program.url}/api/devices`)).json()) as { devices: ListedCamera[] };
  const [first, pi, other] = devices;
  assert.deepEqual(
    devices.map(({ camera }) => camera),
    ["webcam:/dev/video0", "rpicam:0", "rpicam:1"],
  );
  const now = Date.now();
  for (const { listedAt } of devices) assert.ok(listedAt !== null && listedAt >= before && listedAt <= now);
  const size = (width: number, height: number, max: number) => ({
    ...{ width, height, maxWidth: width, maxHeight: height, stepWidth: 1, stepHeight: 1, rates: [{ fps: 1, max }] },
  });
  const { listedAt, ...rest } = pi as ListedCamera;
  assert.deepEqual(rest, {
    ...{ path: null, byId: null, card: "imx477", bus: "/base/soc/i2c0mux/i2c@1/imx477@1a", camera: "rpicam:0" },
    formats: [{ fourcc: "MJPG", description: "Motion-JPEG", sizes: [size(1332, 990, 120.05), size(4056, 3040, 10)] }],
    problem: null,
  });
  assert.deepEqual(
    Object.keys(rest).sort(),
    Object.keys({ ...first, listedAt: undefined })
      .filter((key) => key !== "listedAt")
      .sort(),
  );
  assert.equal(other?.formats[0]?.sizes.length, 3);
  assert.equal(lists(), 1);
  assert.deepEqual((await piDevices(program))[0], pi);
  assert.equal(lists(), 1, "they cannot have changed");
  const viewer = watchStream(t, `${program.url}/video_feed`);
  await until("it streams", () => viewer.pictures.length > 0);
  assert.deepEqual((await piDevices(program))[0], pi);
  assert.equal(lists(), 1);
});

test("a camera of the Pi that streams is not disturbed to be listed: it is named, and listed later", {
  skip,
}, async (t) => {
  const { program, lists } = await serve(t);
  const leave = new AbortController();
  const stream = await fetch(`${program.url}/video_feed`, { signal: leave.signal });
  await stream.body?.getReader().read();
  const status = async () => (await (await fetch(`${program.url}/api/cameras/rpicam`)).json()) as { state: string };
  await until("it streams", async () => (await status()).state === "live");
  const [device] = await piDevices(program);
  assert.deepEqual(device, {
    ...{ path: null, byId: null, card: "", bus: "", formats: [], camera: "rpicam:0", listedAt: null },
    problem: "Its sizes are listed once no camera of the Raspberry Pi streams here",
  });
  assert.equal(lists(), 0);
  leave.abort();
  await until("it is released", async () => (await status()).state === "idle");
  assert.equal((await piDevices(program))[0]?.card, "imx219");
  assert.equal(lists(), 1);
});

test("a viewer does not wait for a list: it is given up, and made when he has gone", { skip }, async (t) => {
  const { program, lists } = await serve(t, { slow: 1 });
  const asked = piDevices(program);
  await until("it is being made", () => lists() === 1);
  const viewer = watchStream(t, `${program.url}/video_feed`);
  const [device] = await asked;
  assert.equal(device?.listedAt, null);
  await until("pictures come", () => viewer.pictures.length > 0);
  assert.equal(childrenOf(program.process.pid as number).length, 1, "of the two runs one is left");
});

test("where the Pi has no camera it is asked again", { skip }, async (t) => {
  const { program, lists } = await serve(t, { cameras: [] });
  assert.deepEqual(await piDevices(program), []);
  assert.deepEqual(await piDevices(program), []);
  assert.equal(lists(), 2);
});
