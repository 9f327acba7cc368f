import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { ListedCamera } from "../../src/drivers/list-devices.ts";
import { NEEDS_FAKECAM, ownCamera } from "../support/cameras/fakecam.ts";
import { until } from "../support/deferred.ts";
import { children, needsProc, setPath } from "../support/programs/processes.ts";
import { type RpicamFacts, rpicamStub } from "../support/programs/rpicam-stub.ts";
import { type Server, startServer } from "../support/programs/server.ts";
import { testFolder } from "../support/temporary-folder.ts";
import { needs } from "../support/tools.ts";
import { watchStream } from "../support/viewers/watch-stream.ts";

const skip = needs("python3") || needsProc || (process.platform !== "linux" && "Linux's program");
const folder = testFolder();

async function serve(t: TestContext, facts: RpicamFacts = {}) {
  const stub = rpicamStub(folder, facts);
  setPath(t, stub.folder);
  const server = await startServer(t, ["pi", "--linger", "0s"]);
  const lists = () => stub.runs().filter((run) => run["list-cameras"] === true).length;
  return { server, lists };
}

async function devicesOf({ url }: Server): Promise<ListedCamera[]> {
  return ((await (await fetch(`${url}/api/devices`)).json()) as { devices: ListedCamera[] }).devices;
}

/** Those of the Pi: a machine that runs the tests may have others. */
async function piDevices(server: Server): Promise<ListedCamera[]> {
  return (await devicesOf(server)).filter(({ camera }) => camera.startsWith("rpicam"));
}

/* This process lists the Pi's cameras once: the last test does. */

test("where the Pi has no camera it is asked again", { skip }, async (t) => {
  const { server, lists } = await serve(t, { cameras: [] });
  assert.deepEqual(await piDevices(server), []);
  assert.deepEqual(await piDevices(server), []);
  assert.equal(lists(), 2);
});

test("a viewer does not wait for a list: it is given up, and made when he has gone", { skip }, async (t) => {
  const { server, lists } = await serve(t, { slowList: 60 });
  const asked = piDevices(server);
  await until("it is being made", () => lists() === 1);
  const viewer = watchStream(t, `${server.url}/video_feed`);
  const [device] = await asked;
  assert.equal(device?.listedAt, null);
  await until("pictures come", () => viewer.pictures.length > 0);
  assert.equal(children().length, 1, "of the two runs one is left");
});

test("the Pi's cameras are listed beside webcams by one run of the program, while none of them streams", {
  skip: skip || NEEDS_FAKECAM,
}, async (t) => {
  const before = Date.now();
  const webcam = ownCamera(t, { count: 2 });
  const { server, lists } = await serve(t, { cameras: ["imx477", "imx219"] });
  const watching = watchStream(t, `${server.url}/video_feed`);
  await until("it streams", async () => (await server.report("rpicam")).state === "live");
  assert.deepEqual(await piDevices(server), [
    {
      ...{ path: null, byId: null, card: "", bus: "", formats: [], camera: "rpicam:0", listedAt: null },
      problem: "Its sizes are listed once no camera of the Raspberry Pi streams here",
    },
  ]);
  assert.equal(lists(), 0);
  watching.leave();
  await until("it is released", async () => (await server.report("rpicam")).state === "idle");

  const devices = await devicesOf(server);
  const [first, pi, other] = devices;
  assert.deepEqual(
    devices.map(({ camera }) => camera),
    [`webcam:${webcam.path}`, "rpicam:0", "rpicam:1"],
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
  assert.deepEqual((await piDevices(server))[0], pi);
  assert.equal(lists(), 1, "they cannot have changed");
  const viewer = watchStream(t, `${server.url}/video_feed`);
  await until("it streams", () => viewer.pictures.length > 0);
  assert.deepEqual((await piDevices(server))[0], pi);
  assert.equal(lists(), 1);
});
