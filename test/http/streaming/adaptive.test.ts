import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { crc32 } from "node:zlib";
import type { CameraReport } from "../../../src/http/routes/cameras.ts";
import { loadNotsentLowat } from "../../../src/net/notsent-lowat.ts";
import { loadTcpInfo } from "../../../src/net/tcp-info.ts";
import { RUNG_COUNT } from "../../../src/transform/rungs.ts";
import { pause } from "../../../src/util/abort.ts";
import type { TestAppOptions } from "../../support/app.ts";
import { handCamera } from "../../support/cameras/hand-camera.ts";
import { until } from "../../support/deferred.ts";
import { noiseImage } from "../../support/images/pixels.ts";
import { startPeer } from "../../support/peers/python-peer.ts";
import { serve, testCamera } from "../../support/serve.ts";
import { ask, headOf } from "../../support/sockets/raw-http.ts";
import { needs } from "../../support/tools.ts";

const skip = process.platform === "linux" ? needs("python3") : "asks Linux what of a socket waits";

interface Seen {
  readonly bytes: number;
  readonly crc: number;
}

/** Noise of about 60 KB, and of 15 KB at quality 40. */
const picture = await noiseImage(320, 240, { quality: 92 });
const FPS = 20;

/** A server whose camera gives one picture again and again, and what it says of its viewers. */
async function serveSteady(t: TestContext, parts: Partial<TestAppOptions> = {}, adapts = false) {
  const camera = testCamera(t, {
    isAdaptive: adapts,
    async *open({ signal }) {
      while (!signal.aborted) {
        yield Buffer.from(picture);
        await pause(1000 / FPS, signal);
      }
    },
  });
  const linux = skip ? {} : { tuneSocket: await loadNotsentLowat(), linkStateOf: await loadTcpInfo() };
  const url = await serve(t, { cameras: [camera], ...linux, ...parts });
  const report = async () => (await (await fetch(`${url}/api/cameras/test`)).json()) as CameraReport;
  const viewer = async (key: string) => {
    const response = await fetch(`${url}/api/cameras/test?key=${encodeURIComponent(key)}`);
    return ((await response.json()) as CameraReport).viewers.find((viewer) => viewer.key === key);
  };
  const port = Number(new URL(url).port);
  const watch = (query: string, rate: number) => startPeer(t, "slow_viewer.py", port, `/video_feed?${query}`, rate);
  return { url, camera, report, viewer, watch };
}

test("on a thin link a viewer that adapts gets small pictures, and the camera's own again when it is wide", {
  skip,
}, async (t) => {
  const { viewer, watch } = await serveSteady(t);
  const [thin, plain] = [watch("adapt&key=thin", 150_000), watch("key=plain", 150_000)];
  const { variant } = await until("it has come down", async () => {
    const status = await viewer("thin");
    return (status?.rung ?? 0) > 1 ? status : undefined;
  });
  assert.match(variant ?? "", /quality=40/);
  const newest = () => thin.values<Seen>("picture").at(-1);
  await until("its pictures are small", () => (newest()?.bytes ?? picture.length) < picture.length / 2);
  await plain.said("picture", 3);
  const { rung, rate } = (await viewer("plain")) ?? {};
  assert.deepEqual([rung, rate], [null, null]);
  assert.deepEqual(new Set(plain.values<Seen>("picture").map(({ crc }) => crc)), new Set([crc32(picture)]));

  thin.tell("0");
  await until("it is back where it began", async () => (await viewer("thin"))?.rung === 0);
  await until("it gets the camera's own", () => newest()?.crc === crc32(picture));
});

test("a viewer on a good link never leaves the camera's own pictures", { skip }, async (t) => {
  const { report, viewer, watch } = await serveSteady(t);
  // On a busy machine a picture may be a second late.
  const peer = watch("max-latency=20000&key=good", 0);
  const seen = await peer.said<Seen>("picture", 2 * FPS);
  assert.deepEqual(new Set(seen.map(({ crc }) => crc)), new Set([crc32(picture)]));
  assert.equal((await viewer("good"))?.rung, 0);
  assert.deepEqual((await report()).variants, [], "and nothing is encoded");
});

test("many viewers on thin links share the rungs of one ladder", { skip }, async (t) => {
  const { report, watch } = await serveSteady(t);
  for (let index = 0; index < 8; index++) watch(`adapt&key=v${index}`, 40_000 + index * 18_000);
  await until("all have come down", async () => (await report()).viewers.filter(({ rung }) => rung).length === 8);
  const { variants, viewers } = await report();
  const inUse = new Set(viewers.map(({ variant }) => variant));
  assert.ok(inUse.size < RUNG_COUNT, [...inUse].join(" "));
  assert.ok(variants.length < RUNG_COUNT, `${variants.length}`);
});

test("rungs keep nobody from a variant, and eight variants keep nobody from the rungs", { skip }, async (t) => {
  const { url, viewer, watch } = await serveSteady(t);
  watch("adapt&key=thin", 60_000);
  await until("it has come down", async () => ((await viewer("thin"))?.rung ?? 0) > 1);
  for (let index = 0; index < 8; index++) {
    assert.equal((await headOf(ask(t, `${url}/video_feed?width=${100 + index}`))).status, 200);
  }
  assert.equal((await headOf(ask(t, `${url}/video_feed?width=300`))).status, 503);
  watch("adapt&key=late", 60_000);
  await until("another comes down as well", async () => ((await viewer("late"))?.rung ?? 0) > 1);
});

test("where there is no room for its rungs, a stream goes on with what it has", { skip }, async (t) => {
  const { viewer, watch, report } = await serveSteady(t);
  for (const [index, rate] of [40_000, 70_000, 100_000, 200_000, 400_000].entries())
    watch(`adapt&key=first${index}`, rate);
  for (const width of [310, 300, 290]) watch(`adapt&width=${width}&key=w${width}`, 40_000);
  await until("rungs of several ladders are in use", async () => {
    const { viewers } = await report();
    return viewers.filter(({ rung }) => rung).length >= 5;
  });
  const { bytes = 0 } = (await viewer("w290")) ?? {};
  await until("the last still gets pictures", async () => ((await viewer("w290"))?.bytes ?? 0) > bytes + 20_000);
});

test("a camera may have all its streams adapt but those that say no, and those for programs that look closely", async (t) => {
  const { viewer, url } = await serveSteady(t, {}, true);
  const rungOf = async (query: string) => {
    await headOf(ask(t, `${url}/video_feed?key=${encodeURIComponent(query)}&${query}`));
    return (await viewer(query))?.rung;
  };
  assert.equal(await rungOf("a"), 0);
  assert.equal(await rungOf("adapt=0"), null);
  assert.equal(await rungOf("adapt=false"), null);
  assert.equal(await rungOf("strict"), null);
  assert.equal(await rungOf("strict&adapt"), 0);
  assert.equal(await rungOf("adapt=true"), 0);
});

test("adapting is asked for by itself, or by the latency to defend", async (t) => {
  const { viewer, url } = await serveSteady(t);
  const rungOf = async (query: string) => {
    await headOf(ask(t, `${url}/video_feed?key=${encodeURIComponent(query)}&${query}`));
    return (await viewer(query))?.rung;
  };
  assert.equal(await rungOf("none"), null);
  assert.equal(await rungOf("max-latency"), null, "bare it is a cache buster");
  assert.equal(await rungOf("adapt"), 0);
  assert.equal(await rungOf("adapt=1"), 0);
  assert.equal(await rungOf("max-latency=300"), 0);
  assert.equal(await rungOf("adapt=0&max-latency=300"), null);
});

for (const [query, rule] of [
  ["adapt=maybe", 'adapt must be true, false or empty, got "maybe".'],
  ["adapt=1&adapt=0", 'adapt must be true, false or empty, got ["1","0"].'],
  ["max-latency=0", 'max-latency must be a whole number of milliseconds from 50 to 60000, got "0".'],
  ["max-latency=60001", 'max-latency must be a whole number of milliseconds from 50 to 60000, got "60001".'],
  ["max-latency=0.5s", 'max-latency must be a whole number of milliseconds from 50 to 60000, got "0.5s".'],
]) {
  test(`${query} is refused with the rule`, async (t) => {
    const { url } = await serveSteady(t);
    const answer = await fetch(`${url}/video_feed?${query}`);
    assert.equal(answer.status, 400);
    assert.deepEqual(await answer.json(), { error: rule });
  });
}

test("an adaptive stream shows its camera's placeholder while that is offline, and ends with it", {
  skip,
}, async (t) => {
  const hand = handCamera(t);
  const url = await serve(t, { cameras: [hand.camera], repeatMs: 100, linkStateOf: await loadTcpInfo() });
  const peer = startPeer(t, "slow_viewer.py", Number(new URL(url).port), "/video_feed?adapt", 0);
  await hand.show(picture);
  await peer.said("picture");
  hand.fail(new Error("unplugged"));
  await peer.said("placeholder");
  await hand.show(picture);
  await until("pictures come again", () => peer.facts.at(-1)?.["picture"]);
  await hand.camera.close();
  await peer.said("ended");
});

test("a still picture is sent again as long as nothing new comes", { skip }, async (t) => {
  const hand = handCamera(t);
  const url = await serve(t, { cameras: [hand.camera], repeatMs: 50, linkStateOf: await loadTcpInfo() });
  const peer = startPeer(t, "slow_viewer.py", Number(new URL(url).port), "/video_feed?adapt", 0);
  await hand.show(picture);
  const seen = await peer.said<Seen>("picture", 5);
  assert.deepEqual(new Set(seen.map(({ crc }) => crc)), new Set([crc32(picture)]));
});

test("a viewer that leaves in the middle of all that leaves nothing behind", { skip }, async (t) => {
  const { report, viewer, watch, camera } = await serveSteady(t);
  const peers = [50_000, 90_000, 0].map((rate, index) => watch(`adapt&key=${index}`, rate));
  await until("one has come down", async () => ((await viewer("0"))?.rung ?? 0) > 1);
  await Promise.all(peers.map((peer) => peer.end()));
  await until("nobody watches", async () => (await report()).viewers.length === 0);
  await until("the camera is released", () => camera.status().state === "idle");
});
