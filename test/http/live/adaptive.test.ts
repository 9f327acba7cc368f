import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import sharp from "sharp";
import type { Camera } from "../../../src/core/camera.ts";
import { pause } from "../../../src/util/abort.ts";
import { until } from "../../support/deferred.ts";
import { noiseImage } from "../../support/images/pixels.ts";
import { startPeer } from "../../support/peers/python-peer.ts";
import { testCamera } from "../../support/serve.ts";
import { needs } from "../../support/tools.ts";
import { liveClient, serveLive } from "../../support/viewers/live-client.ts";
import { type SimulatedViewer, simulatedServer, simulatedViewer } from "../../support/viewers/simulated-viewer.ts";
import { type VirtualTime, virtualTime } from "../../support/virtual-time.ts";

const skip = needs("python3");
/** Of about 60 KB, and of 15 KB at quality 40. */
const picture = await noiseImage(320, 240, { quality: 92 });

function steadyCamera(t: TestContext, isAdaptive = false): Camera {
  return testCamera(t, {
    isAdaptive,
    async *open({ signal }) {
      while (!signal.aborted) {
        yield Buffer.from(picture);
        await pause(50, signal);
      }
    },
  });
}

/** Lets time pass; an encode takes less than 10 ms of it. */
async function pass(time: VirtualTime, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 10) {
    await time.advance(10);
    await until("nothing is encoded", () => {
      const { queue, process } = sharp.counters();
      return queue + process === 0;
    });
  }
}

function rungsOf({ states }: SimulatedViewer): Array<number | null> {
  return [...new Set(states.map(({ rung }) => rung))];
}

test("a subscription that adapts comes down on a thin link, and its pictures are small and young", async (t) => {
  const time = virtualTime(t);
  const server = simulatedServer([steadyCamera(t)]);
  const [thin, plain] = [simulatedViewer(t, server, { rate: 90_000 }), simulatedViewer(t, server, { rate: 90_000 })];
  thin.subscribe("test", "adapt");
  plain.subscribe("test");
  await pass(time, 4000);
  const { rung, variant } = thin.states.at(-1) ?? {};
  assert.ok((rung ?? 0) > 0 && /quality=40/.test(variant ?? ""), `${rung} ${variant}`);
  assert.deepEqual(rungsOf(plain), [null]);
  const [from, plainFrom] = [thin.pictures.length, plain.pictures.length];
  await pass(time, 3000);
  const [seen, others] = [thin.pictures.slice(from), plain.pictures.slice(plainFrom)];
  assert.ok(seen.length > 3 * others.length, `${seen.length} pictures while the other saw ${others.length}`);
  assert.ok(seen.every(({ jpeg }) => jpeg.length < picture.length / 2));
  const oldest = Math.max(...seen.map(({ ageMs }) => ageMs));
  assert.ok(oldest < Math.min(...others.map(({ ageMs }) => ageMs)), `${oldest} ms`);
});

test("on a good link it stays on the camera's own pictures, and the state says so", async (t) => {
  const time = virtualTime(t);
  const server = simulatedServer([steadyCamera(t)]);
  const good = simulatedViewer(t, server, { rate: 10_000_000, rttMs: 20 });
  good.subscribe("test", "adapt");
  await pass(time, 4000);
  assert.ok(good.pictures.length >= 78, `${good.pictures.length}`);
  assert.ok(good.pictures.every(({ jpeg }) => jpeg.equals(picture)));
  assert.deepEqual(rungsOf(good), [0]);
  assert.deepEqual(server.variants(server.cameras[0] as Camera).status(), [], "nothing is encoded");
});

test("a client that is slow to paint is not taken for a thin link", async (t) => {
  const time = virtualTime(t);
  const slow = simulatedViewer(t, simulatedServer([steadyCamera(t)]), { ackAfterMs: () => 300 });
  slow.subscribe("test", "adapt");
  await pass(time, 6000);
  assert.ok(slow.pictures.length >= 15, `${slow.pictures.length}`);
  assert.deepEqual(rungsOf(slow), [0]);
  assert.ok(
    slow.pictures.every(({ jpeg }) => jpeg.equals(picture)),
    "all as the camera gave them",
  );
});

test("a camera may have all its subscriptions adapt but those that say no", async (t) => {
  const { url, report } = await serveLive(t, [steadyCamera(t, true)]);
  const client = await liveClient(t, url);
  for (const query of ["", "adapt=0", "strict", "max-latency=300"]) client.subscribe("test", { query });
  await until("all watch", () => [1, 2, 3, 4].every((id) => client.of(id).length > 0));
  const rungs = (await report()).viewers.map(({ rung }) => rung === null);
  assert.deepEqual(rungs, [false, true, true, false]);
});

test("a latency that is none is refused with the rule", async (t) => {
  const { url } = await serveLive(t, [steadyCamera(t)]);
  const client = await liveClient(t, url);
  client.subscribe("test", { query: "max-latency=soon" });
  const error = await until("it is told", () => client.said.find(({ type }) => type === "error"));
  assert.match(`${error["message"]}`, /max-latency must be a whole number of milliseconds from 50 to 60000/);
  assert.deepEqual(client.states, []);
});

test("a subscription of a Python program on a thin link comes down", { skip }, async (t) => {
  const { url, report } = await serveLive(t, [steadyCamera(t)]);
  const address = `${url.replace("http", "ws")}/live`;
  const peer = startPeer(t, "live_viewer.py", address, 90_000, "all", "test?adapt");
  await until("its pictures are small", () => {
    const { bytes = picture.length } = peer.values<{ bytes: number }>("picture").at(-1) ?? {};
    return bytes < picture.length / 2;
  });
  await until("the report says so", async () => {
    const [viewer] = (await report()).viewers;
    return (viewer?.rung ?? 0) > 0 && viewer?.variant?.includes("quality=40");
  });
});
