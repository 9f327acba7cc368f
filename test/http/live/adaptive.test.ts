import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { LiveState } from "../../../src/http/live/state.ts";
import { pause } from "../../../src/util/abort.ts";
import { until } from "../../support/deferred.ts";
import { noiseImage } from "../../support/images/pixels.ts";
import { type PythonPeer, startPeer } from "../../support/peers/python-peer.ts";
import { testCamera } from "../../support/serve.ts";
import { needs } from "../../support/tools.ts";
import { liveClient, serveLive } from "../../support/viewers/live-client.ts";

const skip = needs("python3");
/** Of about 60 KB, and of 15 KB at quality 40. */
const picture = await noiseImage(320, 240, { quality: 92 });

function steadyCamera(t: TestContext, adapts = false) {
  return testCamera(t, {
    isAdaptive: adapts,
    async *open({ signal }) {
      while (!signal.aborted) {
        yield Buffer.from(picture);
        await pause(50, signal);
      }
    },
  });
}

function watch(t: TestContext, url: string, rate: number, camera: string): PythonPeer {
  return startPeer(t, "live_viewer.py", `${url.replace("http", "ws")}/live`, rate, "all", camera);
}

/** The newest state that a viewer was told. */
function stateOf(peer: PythonPeer): LiveState | undefined {
  return peer.values<LiveState>("state").at(-1);
}

test("a subscription that adapts comes down on a thin link, and its pictures are small and young", {
  skip,
}, async (t) => {
  const { url, report } = await serveLive(t, [steadyCamera(t)]);
  const [thin, plain] = [watch(t, url, 90_000, "test?adapt"), watch(t, url, 90_000, "test")];
  const seen = (peer: PythonPeer) => peer.values<{ age: number; bytes: number }>("picture");
  await until("it has come down", () => (seen(thin).at(-1)?.bytes ?? picture.length) < picture.length / 2);
  const [from, plainFrom] = [seen(thin).length, seen(plain).length];
  await until("the other has seen some more", () => seen(plain).length >= plainFrom + 4);
  const count = seen(thin).length - from;
  assert.ok(count > 8, `${count} pictures while the other saw 4`);
  const viewers = (await report()).viewers;
  assert.ok(viewers.some(({ rung, variant }) => rung !== null && rung > 0 && variant?.includes("quality=40")));
  assert.ok(viewers.some(({ rung, variant }) => rung === null && variant === null));
});

test("on a good link it stays on the camera's own pictures, and the state says so", { skip }, async (t) => {
  const { url, report } = await serveLive(t, [steadyCamera(t)]);
  const good = watch(t, url, 0, "test?adapt");
  await until("it has seen some", () => good.values("picture").length >= 40);
  const { viewers, variants } = await report();
  assert.deepEqual(
    viewers.map(({ rung }) => rung),
    [0],
  );
  assert.deepEqual(variants, []);
});

test("a client that is slow to paint is not taken for a thin link", async (t) => {
  const { url } = await serveLive(t, [steadyCamera(t)]);
  const client = await liveClient(t, url, {
    acks(shown) {
      setTimeout(() => client.ack(shown), 300);
      return false;
    },
  });
  client.subscribe("test", { query: "adapt" });
  await until("it has shown some", () => client.pictures.length >= 15);
  assert.equal(client.states.at(-1)?.rung, 0);
  assert.ok(
    client.pictures.every(({ jpeg }) => jpeg.equals(picture)),
    "all as the camera gave them",
  );
});

test("a camera may have all its subscriptions adapt but those that say no", { skip }, async (t) => {
  const { url, report } = await serveLive(t, [steadyCamera(t, true)]);
  for (const query of ["", "?adapt=0", "?strict", "?max-latency=300"]) watch(t, url, 0, `test${query}`);
  const viewers = await until("all watch", async () => {
    const { viewers } = await report();
    return viewers.length === 4 && viewers.every(({ fps }) => fps > 0) ? viewers : undefined;
  });
  assert.deepEqual(viewers.map(({ rung }) => String(rung)).sort(), ["0", "0", "null", "null"]);
});

test("a latency that is none is refused with the rule", { skip }, async (t) => {
  const { url } = await serveLive(t, [steadyCamera(t)]);
  const peer = watch(t, url, 0, "test?max-latency=soon");
  const error = await until("it is told", () =>
    peer.facts.find((fact) => JSON.stringify(fact).includes("max-latency")),
  );
  assert.match(JSON.stringify(error), /max-latency must be a whole number of milliseconds from 50 to 60000/);
  assert.equal(stateOf(peer), undefined);
});
