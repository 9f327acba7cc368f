import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { CameraOptions } from "../../../src/core/camera-options.ts";
import type { CameraReport } from "../../../src/http/routes/cameras.ts";
import { handCamera } from "../../support/cameras/hand-camera.ts";
import { pushCamera, servePush } from "../../support/cameras/push-camera.ts";
import { until } from "../../support/deferred.ts";
import { tinyJpeg } from "../../support/images/jpegs.ts";
import { serve } from "../../support/serve.ts";
import { ACCEPT, ask, headOf } from "../../support/sockets/raw-http.ts";

const a = tinyJpeg({ label: "a", width: 640, height: 480 });

async function serveHand(t: TestContext, parts: Partial<CameraOptions> = {}) {
  const hand = handCamera(t, parts);
  const url = await serve(t, { cameras: [hand.camera] });
  const json = async (path: string) => (await (await fetch(url + path)).json()) as unknown;
  const report = async () => (await json("/api/cameras/test")) as CameraReport;
  return { hand, url, json, report };
}

test("a camera without viewers so far has every field", async (t) => {
  const { json } = await serveHand(t, { title: "Front door" });
  const expected = {
    name: "test",
    title: "Front door",
    driver: "test",
    state: "idle",
    online: false,
    width: null,
    height: null,
    fps: 0,
    frames: 0,
    repaired: 0,
    dropped: 0,
    restarts: 0,
    lastError: null,
    lastFrameAt: null,
    offlineSince: null,
    nextTryAt: null,
    note: null,
    waitingFor: null,
    ageMs: null,
    viewers: [],
    viewerCount: 0,
    variants: [],
    outputs: [],
    sender: null,
    messages: 0,
  };
  assert.deepEqual(await json("/api/cameras/test"), expected);
  assert.deepEqual(await json("/api/cameras"), { cameras: [expected] });
});

test("the cameras are listed in the configured order", async (t) => {
  const cameras = ["yard", "attic", "door"].map((name) => handCamera(t, { name }).camera);
  const url = await serve(t, { cameras: cameras as [(typeof cameras)[0], ...typeof cameras] });
  const list = (await (await fetch(`${url}/api/cameras`)).json()) as { cameras: CameraReport[] };
  assert.deepEqual(
    list.cameras.map(({ name }) => name),
    ["yard", "attic", "door"],
  );
});

test("a camera's status has its own outputs", async (t) => {
  const cameras = ["yard", "door"].map((name) => handCamera(t, { name }).camera);
  const url = await serve(t, {
    cameras: cameras as [(typeof cameras)[0], ...typeof cameras],
    outputsOf: (camera) => (camera === "door" ? [{ kind: "pigeon", peers: ["loft:1"] }] : []),
  });
  const { cameras: list } = (await (await fetch(`${url}/api/cameras`)).json()) as { cameras: CameraReport[] };
  assert.deepEqual(
    list.map(({ outputs }) => outputs),
    [[], [{ kind: "pigeon", peers: ["loft:1"] }]],
  );
});

test("the status is never cached, and readable from any origin", async (t) => {
  const { url } = await serveHand(t);
  for (const path of ["/api/cameras", "/api/cameras/test", "/healthz", "/state"]) {
    const { headers } = await fetch(url + path);
    assert.match(headers.get("content-type") ?? "", /^application\/json/, path);
    assert.match(headers.get("cache-control") ?? "", /no-store/, path);
    assert.equal(headers.get("access-control-allow-origin"), "*", path);
  }
});

test("a camera is idle, starting, live, retrying, live again, and idle when its viewer has left", async (t) => {
  const { hand, url, report } = await serveHand(t, { pauses: { minPauseMs: 300, maxPauseMs: 300 } });
  assert.equal((await report()).state, "idle");
  const viewer = ask(t, `${url}/video_feed`);
  await headOf(viewer);
  assert.deepEqual(pick(await report(), "state", "online", "width", "frames"), ["starting", false, null, 0]);

  const before = Date.now();
  await hand.show(a);
  const live = await report();
  assert.deepEqual(pick(live, "state", "online", "width", "height", "frames"), ["live", true, 640, 480, 1]);
  assert.ok((live.lastFrameAt as number) >= before - 2 && (live.lastFrameAt as number) <= Date.now() + 2);
  assert.ok((live.ageMs as number) >= 0 && (live.ageMs as number) <= Date.now() - before + 2);

  hand.fail(new Error("Cannot open rtsp://admin:s3cret@10.0.0.9/live"));
  await until("it is retrying", async () => (await report()).state === "retrying");
  const failed = await report();
  assert.deepEqual(pick(failed, "online", "restarts", "width"), [false, 1, 640]);
  assert.equal(failed.lastError?.message, "Cannot open rtsp://admin:***@10.0.0.9/live");
  assert.ok(Math.abs((failed.lastError?.at ?? 0) - Date.now()) < 60_000);
  assert.equal(failed.viewers.length, 1);

  await hand.show(a);
  assert.deepEqual(pick(await report(), "state", "online", "frames", "restarts"), ["live", true, 2, 1]);
  viewer.socket.resetAndDestroy();
  await until("it is idle", async () => (await report()).state === "idle");
  assert.deepEqual(pick(await report(), "online", "width", "height", "frames"), [false, 640, 480, 2]);
});

function pick(report: CameraReport, ...keys: Array<keyof CameraReport>): unknown[] {
  return keys.map((key) => report[key]);
}

test("a viewer's status has these fields, and counts frames and bytes", async (t) => {
  const { hand, url, json } = await serveHand(t);
  const viewer = ask(t, `${url}/video_feed?key=k1`, { headers: { Accept: ACCEPT.chromiumImage } });
  await headOf(viewer);
  for (let count = 0; count < 3; count++) await hand.show(a);
  await until("it has all three", () => viewer.body().toString("latin1").split("--frame").length > 4);
  const status = await until("they are counted", async () => {
    const [status] = ((await json("/api/cameras/test?key=k1")) as CameraReport).viewers;
    return status !== undefined && status.fps > 0 ? status : undefined;
  });
  const { id, address, fps, lagMs, bytes, ...rest } = status;
  assert.deepEqual(rest, {
    key: "k1",
    framing: "advance",
    card: false,
    variant: null,
    dropped: 0,
    rung: null,
    rate: null,
  });
  assert.equal(typeof id, "number");
  assert.equal(address, `127.0.0.1:${viewer.socket.localPort}`);
  assert.ok(fps > 0);
  assert.ok(lagMs >= 0 && lagMs < 10_000);
  assert.ok(bytes >= 3 * a.length, `${bytes}`);
});

test("health is ok without viewers, and while a watched camera delivers frames", async (t) => {
  const { hand, url, json } = await serveHand(t, { stallMs: 60_000 });
  assert.deepEqual(await json("/healthz"), { status: "ok" });
  await headOf(ask(t, `${url}/video_feed`));
  assert.deepEqual(await json("/healthz"), { status: "ok" }, "it has just been opened");
  await hand.show(a);
  const response = await fetch(`${url}/healthz`);
  assert.equal(response.status, 200);
  assert.deepEqual(await response.json(), { status: "ok" });
});

test("health fails when a watched camera stalls, and recovers", async (t) => {
  const watched = handCamera(t, { name: "watched", stallMs: 200 });
  const idle = handCamera(t, { name: "idle", stallMs: 1 });
  const url = await serve(t, { cameras: [watched.camera, idle.camera] });
  const viewer = ask(t, `${url}/video_feed`);
  await headOf(viewer);
  const failed = await until("it fails", async () => {
    const response = await fetch(`${url}/healthz`);
    return response.status === 503 ? response : undefined;
  });
  assert.deepEqual(await failed.json(), { status: "failing", cameras: ["watched"] });
  await until("it is ok with a picture", async () => {
    await watched.show(a);
    return (await fetch(`${url}/healthz`)).status === 200;
  });
  await until("it fails again without", async () => (await fetch(`${url}/healthz`)).status === 503);
  viewer.socket.resetAndDestroy();
  await until("it is ok when nobody watches", async () => (await fetch(`${url}/healthz`)).status === 200);
});

test("/state describes the first camera as ustreamer does", async (t) => {
  const { hand, url, json } = await serveHand(t);
  const before = (await json("/state")) as { ok: boolean; result: Record<string, unknown> };
  assert.deepEqual(before, {
    ok: true,
    result: {
      instance_id: "",
      encoder: { type: "NOOP", quality: 0 },
      source: { resolution: { width: 0, height: 0 }, online: false, desired_fps: 0, captured_fps: 0 },
      stream: { queued_fps: 0, clients: 0, clients_stat: {} },
    },
  });
  await headOf(ask(t, `${url}/video_feed?key=k1&framing=advance`));
  await headOf(ask(t, `${url}/video_feed`));
  await hand.show(a);
  const { result } = (await json("/state?key=k1")) as {
    result: { source: object; stream: { clients: number; clients_stat: Record<string, { fps: number }> } };
  };
  assert.deepEqual(
    { ...result.source, captured_fps: 0 },
    {
      resolution: { width: 640, height: 480 },
      online: true,
      desired_fps: 0,
      captured_fps: 0,
    },
  );
  assert.equal(result.stream.clients, 2);
  const common = { fps: 0, extra_headers: false, dual_final_frames: false, zero_data: false };
  const clients = Object.values(result.stream.clients_stat).map((client) => ({ ...client, fps: 0 }));
  assert.deepEqual(clients, [
    { ...common, advance_headers: true, key: "k1" },
    { ...common, advance_headers: false, key: "0" },
  ]);
});

test("a camera without a publisher is healthy without viewers; with ?strict it is not", async (t) => {
  const phone = pushCamera(t, { parts: { stallMs: 100 } });
  const onDemand = handCamera(t, { name: "door", stallMs: 100 });
  const { url } = await servePush(t, [phone], { others: [onDemand.camera] });
  const statusOf = async (query = "") => (await fetch(`${url}/healthz${query}`)).status;
  await until("it would be overdue", async () => (await statusOf("?strict")) === 503);
  assert.equal(await statusOf(), 200);
  assert.deepEqual(await (await fetch(`${url}/healthz?strict=1`)).json(), { status: "failing", cameras: ["phone"] });
  const viewer = ask(t, `${url}/video_feed`);
  await headOf(viewer);
  await until("it has a viewer and no frame", async () => (await statusOf()) === 503);
  viewer.socket.resetAndDestroy();
  await until("nobody watches", async () => (await statusOf()) === 200);
});

test("an always-on camera without frames is unhealthy, with viewers or without", async (t) => {
  const { camera } = handCamera(t, { stallMs: 50, isAlwaysOn: true });
  const url = await serve(t, { cameras: [camera] });
  camera.start();
  await until("it fails", async () => (await fetch(`${url}/healthz`)).status === 503);
});
