import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { Camera } from "../../../src/core/camera.ts";
import { pause } from "../../../src/util/abort.ts";
import { until } from "../../support/deferred.ts";
import { heavyJpeg } from "../../support/images/jpegs.ts";
import { startPeer } from "../../support/peers/python-peer.ts";
import { startNginx } from "../../support/programs/nginx.ts";
import { testCamera } from "../../support/serve.ts";
import { needs } from "../../support/tools.ts";
import { serveLive } from "../../support/viewers/live-client.ts";
import { simulatedServer, simulatedViewer } from "../../support/viewers/simulated-viewer.ts";
import { virtualTime } from "../../support/virtual-time.ts";

/** What live_viewer.py says of a picture. */
interface Seen {
  readonly version: number;
  readonly id: number;
  readonly number: number;
  readonly seq: number;
  readonly placeholder: boolean;
  readonly whole: boolean;
}

/** Makes a camera of 1280×720 with that fps and bytes per frame. */
function steadyCamera(t: TestContext, { name = "test", fps = 30, bytes = 90_000 } = {}): Camera {
  return testCamera(t, {
    name,
    async *open({ signal }) {
      const jpeg = heavyJpeg(bytes);
      const start = performance.now();
      for (let number = 0; !signal.aborted; number++) {
        yield jpeg;
        await pause(start + ((number + 1) * 1000) / fps - performance.now(), signal);
      }
    },
  });
}

function sixteenCameras(t: TestContext, options: { fps: number; bytes: number }): [Camera, ...Camera[]] {
  const cameras = Array.from({ length: 16 }, (_, index) => {
    return steadyCamera(t, { name: `camera-${index}`, ...options });
  });
  return cameras as [Camera, ...Camera[]];
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

test("a reader of 200 KB/s sees pictures under 0.7 s old", async (t) => {
  const time = virtualTime(t);
  const viewer = simulatedViewer(t, simulatedServer([steadyCamera(t)]), { rate: 200_000 });
  viewer.subscribe("test");
  await time.advance(8000);
  const { pictures } = viewer;
  assert.ok(pictures.length >= 16, `${pictures.length} of 17 that fit through`);
  const ages = pictures.slice(3).map(({ ageMs }) => Math.round(ageMs));
  // Each is on the link for 450 ms.
  assert.ok(Math.max(...ages) < 700, `${ages}`);
});

test("sixteen cameras on a thin link get the same share of it, and none is old", async (t) => {
  const time = virtualTime(t);
  const cameras = sixteenCameras(t, { fps: 15, bytes: 10_000 });
  const viewer = simulatedViewer(t, simulatedServer(cameras), { rate: 200_000 });
  for (const { name } of cameras) viewer.subscribe(name);
  await time.advance(5000);
  const { pictures } = viewer;
  const counts = cameras.map((_, index) => pictures.filter(({ id }) => id === index + 1).length);
  assert.ok(pictures.length > 90, `${pictures.length} of 100 that fit through`);
  assert.ok(Math.max(...counts) - Math.min(...counts) <= 2, `${counts}`);
  // At most a quarter of a second is in flight when a frame is sent, and a frame waits for its
  // camera's interval.
  assert.ok(median(pictures.slice(16).map(({ ageMs }) => ageMs)) < 400);
});

for (const rate of [Number.POSITIVE_INFINITY, 200_000]) {
  const link = rate === 200_000 ? "a thin one" : "a fast link";
  test(`a subscription that is not acknowledged gets two pictures at most, and the other all of ${link}`, async (t) => {
    const time = virtualTime(t);
    const server = simulatedServer([steadyCamera(t, { name: "mute" }), steadyCamera(t, { name: "good" })]);
    const viewer = simulatedViewer(t, server, { rate, ackAfterMs: ({ id }) => (id === 1 ? undefined : 0) });
    for (const name of ["mute", "good"]) viewer.subscribe(name);
    await time.advance(4000);
    const of = (id: number) => viewer.pictures.filter((picture) => picture.id === id);
    assert.ok(of(1).length <= 2, `${of(1).length}`);
    assert.ok(of(2).length >= (rate === 200_000 ? 7 : 118), `${of(2).length}`);
    const ages = of(2).map(({ ageMs }) => ageMs);
    assert.ok(median(ages) < 700, `${ages}`);
  });
}

test("on a fast link every frame of sixteen cameras of 15 fps is sent", async (t) => {
  const time = virtualTime(t);
  const cameras = sixteenCameras(t, { fps: 15, bytes: 40_000 });
  const viewer = simulatedViewer(t, simulatedServer(cameras));
  for (const { name } of cameras) viewer.subscribe(name);
  await time.advance(1000);
  for (const id of cameras.keys()) {
    const seqs = viewer.pictures.filter((picture) => picture.id === id + 1).map(({ seq }) => seq);
    const [first = 0] = seqs;
    assert.ok(seqs.length >= 14, `${seqs.length}`);
    assert.deepEqual(
      seqs,
      seqs.map((_, index) => first + index),
    );
  }
});

for (const way of ["directly", "through nginx as it comes"]) {
  test(`a Python program gets whole pictures of sixteen cameras in order, ${way}`, {
    skip: needs("python3") || (way !== "directly" && needs("nginx", "nginx-light")),
  }, async (t) => {
    const cameras = sixteenCameras(t, { fps: 15, bytes: 40_000 });
    const { url } = await serveLive(t, cameras);
    const address = way === "directly" ? url : await startNginx(t, url);
    const names = cameras.map(({ name }) => name);
    // Of the first it acknowledges nothing.
    const acks = "2,3,4,5,6,7,8,9,10,11,12,13,14,15,16";
    const viewer = startPeer(t, "live_viewer.py", `${address.replace("http", "ws")}/live`, 0, acks, ...names);
    const of = (id: number) => viewer.values<Seen>("picture").filter((picture) => picture.id === id);
    const others = [...cameras.keys()].slice(1).map((index) => index + 1);
    await until("each was seen some times", () => others.every((id) => of(id).length >= 10));
    assert.ok(of(1).length <= 2, `${of(1).length}`);
    for (const id of others) {
      const seen = of(id);
      assert.ok(seen.every(({ whole, version, placeholder }) => whole && version === 1 && !placeholder));
      assert.deepEqual(
        seen.map(({ number }) => number),
        seen.map((_, index) => index + 1),
      );
      assert.ok(seen.every(({ seq }, index) => index === 0 || seq > (seen[index - 1]?.seq ?? 0)));
    }
  });
}
