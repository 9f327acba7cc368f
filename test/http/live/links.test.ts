import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Camera } from "../../../src/core/camera.ts";
import { until } from "../../support/deferred.ts";
import { heavyJpeg } from "../../support/images/jpegs.ts";
import { type PythonPeer, startPeer } from "../../support/peers/python-peer.ts";
import { startNginx } from "../../support/programs/nginx.ts";
import { testCamera } from "../../support/serve.ts";
import { needs } from "../../support/tools.ts";
import { serveLive } from "../../support/viewers/live-client.ts";

const skip = needs("python3");

/** What live_viewer.py says of a picture. */
interface Seen {
  readonly version: number;
  readonly id: number;
  readonly number: number;
  readonly seq: number;
  readonly placeholder: boolean;
  readonly whole: boolean;
  /** How old it was when its last byte was read, in milliseconds. */
  readonly age: number;
  readonly bytes: number;
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
        await sleep(start + ((number + 1) * 1000) / fps - performance.now());
      }
    },
  });
}

function watch(t: TestContext, url: string, { rate = 0, acks = "all" }, ...cameras: string[]): PythonPeer {
  return startPeer(t, "live_viewer.py", `${url.replace("http", "ws")}/live`, rate, acks, ...cameras);
}

const seen = (peer: PythonPeer) => peer.values<Seen>("picture");

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

for (const way of ["directly", "through nginx as it comes"]) {
  test(`a reader of 200 KB/s sees pictures under 0.7 s old at the median, ${way}`, {
    skip: skip || (way !== "directly" && needs("nginx", "nginx-light")),
  }, async (t) => {
    const { url } = await serveLive(t, [steadyCamera(t)]);
    const viewer = watch(t, way === "directly" ? url : await startNginx(t, url), { rate: 200_000 }, "test");
    const pictures = await until("it has seen some", () => (seen(viewer).length >= 13 ? seen(viewer) : undefined));
    t.diagnostic(`${pictures.slice(3).map(({ age }) => Math.round(age))}`);
    assert.ok(median(pictures.slice(3).map(({ age }) => age)) < 700);
    assert.ok(pictures.every(({ whole, version, placeholder }) => whole && version === 1 && !placeholder));
  });
}

test("sixteen cameras on a thin link get the same share of it, and none is old", { skip }, async (t) => {
  const cameras = Array.from({ length: 16 }, (_, index) => {
    return steadyCamera(t, { name: `camera-${index}`, fps: 15, bytes: 10_000 });
  }) as [Camera, ...Camera[]];
  const { url } = await serveLive(t, cameras);
  const viewer = watch(t, url, { rate: 200_000 }, ...cameras.map(({ name }) => name));
  await until("each was seen some times", () => seen(viewer).length >= 16 * 7);
  const pictures = seen(viewer);
  const counts = cameras.map((_, index) => pictures.filter(({ id }) => id === index + 1).length);
  t.diagnostic(`${counts}; ${median(pictures.slice(16).map(({ age }) => age))} ms`);
  assert.ok(Math.max(...counts) - Math.min(...counts) <= 3, `${counts}`);
  // At most a quarter of a second is in flight when a frame is sent, and a frame waits for its
  // camera's interval.
  assert.ok(median(pictures.slice(16).map(({ age }) => age)) < 700);
});

for (const rate of [0, 200_000]) {
  const link = rate === 0 ? "a fast link" : "a thin one";
  test(`a subscription that is not acknowledged gets two pictures at most, and the other all of ${link}`, {
    skip,
  }, async (t) => {
    const cameras = [steadyCamera(t, { name: "mute" }), steadyCamera(t, { name: "good" })] as const;
    const { url } = await serveLive(t, [...cameras]);
    const viewer = watch(t, url, { rate, acks: "2" }, "mute", "good");
    const of = (id: number) => seen(viewer).filter((picture) => picture.id === id);
    await until("the other was seen", () => of(2).length >= 9);
    assert.ok(of(1).length <= 2, `${of(1).length}`);
    const ages = of(2)
      .slice(3)
      .map(({ age }) => age);
    assert.ok(median(ages) < 700, `${ages}`);
  });
}

test("sixteen cameras of 15 fps come over one connection with nearly all frames", {
  skip,
}, async (t) => {
  const cameras = Array.from({ length: 16 }, (_, index) => {
    return steadyCamera(t, { name: `camera-${index}`, fps: 15, bytes: 40_000 });
  }) as [Camera, ...Camera[]];
  const { url } = await serveLive(t, cameras);
  const viewer = watch(t, url, {}, ...cameras.map(({ name }) => name));
  await until("it goes on for some seconds", () => seen(viewer).length >= 16 * 60);
  const shares = cameras.map((_, index) => {
    const own = seen(viewer).filter(({ id }) => id === index + 1);
    return own.length / ((own.at(-1)?.seq ?? 0) - (own[0]?.seq ?? 0) + 1);
  });
  assert.ok(Math.min(...shares) > 14 / 15, `${shares}`);
});
