import assert from "node:assert/strict";
import { test } from "node:test";
import { Gate } from "../../src/http/access/gate.ts";
import type { CameraReport } from "../../src/http/routes/cameras.ts";
import { handCamera } from "../support/cameras/hand-camera.ts";
import { settableClock } from "../support/clock.ts";
import { until } from "../support/deferred.ts";
import { tinyJpeg } from "../support/images/jpegs.ts";
import { serve } from "../support/serve.ts";
import { ask, headOf } from "../support/sockets/raw-http.ts";
import { liveClient, serveLive } from "../support/viewers/live-client.ts";

const HOUR_MS = 3_600_000;
const a = tinyJpeg({ label: "a" });
const b = tinyJpeg({ label: "another" });

/** How far the clock is set: back, forward, to 1970. */
const JUMPS_MS = { "back an hour": -HOUR_MS, "forward an hour": HOUR_MS, "to 1970": -Date.now() + 60_000 };

for (const [where, jumpMs] of Object.entries(JUMPS_MS)) {
  test(`a snapshot is captured after the request, and no older than allowed, when the clock was set ${where}`, async (t) => {
    const clock = settableClock(t);
    const { camera, show } = handCamera(t);
    const url = await serve(t, { cameras: [camera] });
    const pictureOf = async (query: string) => {
      const response = await fetch(`${url}/snapshot.jpg?strict&${query}`);
      const { headers } = response;
      assert.equal(headers.get("age"), "0");
      assert.ok(Math.abs(Number(headers.get("x-timestamp")) * 1000 - Date.now()) < 20_000, "captured now");
      return Buffer.from(await response.arrayBuffer());
    };
    const taken = pictureOf("");
    await show(a);
    assert.deepEqual(await taken, a);
    await until("the camera is released", () => camera.status().state === "idle");
    clock.set(jumpMs);
    assert.deepEqual(await pictureOf("max-age=60000"), a, "it is not old");
    for (const query of ["", "max-age=1", "wait=next"]) {
      const next = pictureOf(query);
      await show(b);
      assert.deepEqual(await next, b, query);
      await until("the camera is released", () => camera.status().state === "idle");
    }
  });

  test(`ages, health and times are right when the clock is set ${where}`, async (t) => {
    const clock = settableClock(t);
    const { camera, show, fail } = handCamera(t, { pauses: { minPauseMs: 30_000, maxPauseMs: 30_000 } });
    const url = await serve(t, { cameras: [camera] });
    await headOf(ask(t, `${url}/video_feed?key=me`));
    await show(a);
    clock.set(jumpMs);
    const report = async () => (await (await fetch(`${url}/api/cameras/test?key=me`)).json()) as CameraReport;
    const isNow = (time: number | null) => Math.abs((time ?? Number.NaN) - Date.now()) < 20_000;
    const live = await report();
    assert.ok((live.ageMs ?? Number.NaN) < 20_000 && isNow(live.lastFrameAt));
    assert.equal((await fetch(`${url}/healthz`)).status, 200);
    await show(b);
    await until("it is written", async () => ((await report()).viewers[0]?.bytes ?? 0) > a.length + b.length);
    assert.ok(((await report()).viewers[0]?.lagMs ?? Number.NaN) < 20_000);
    fail(new Error("It is gone"));
    await until("it is retrying", () => camera.status().state === "retrying");
    clock.set(0);
    const { offlineSince, nextTryAt, lastError } = await report();
    assert.ok(isNow(offlineSince) && isNow(lastError?.at ?? null));
    const inMs = (nextTryAt ?? 0) - Date.now();
    assert.ok(inMs > 0 && inMs <= 30_000, `${inMs}`);
    const refused = await fetch(`${url}/snapshot.jpg?strict`);
    assert.equal(refused.status, 503);
    assert.ok(Number(refused.headers.get("retry-after")) <= 30);
  });

  test(`a camera that gives nothing is overdue, and a fresh one is not, when the clock is set ${where}`, async (t) => {
    const clock = settableClock(t);
    const { camera, show } = handCamera(t, { stallMs: 500 });
    const url = await serve(t, { cameras: [camera] });
    await headOf(ask(t, `${url}/video_feed`));
    await show(a);
    clock.set(jumpMs);
    assert.equal((await fetch(`${url}/healthz`)).status, 200);
    await until("it is overdue", async () => (await fetch(`${url}/healthz`)).status === 503);
    clock.set(0);
    assert.equal((await fetch(`${url}/healthz`)).status, 503);
    await show(b);
    assert.equal((await fetch(`${url}/healthz`)).status, 200);
  });

  test(`a live connection tells how old pictures are when the clock is set ${where}`, async (t) => {
    const clock = settableClock(t);
    const { camera, show } = handCamera(t);
    const { url } = await serveLive(t, [camera]);
    const client = await liveClient(t, url);
    const aheadMs = (client.hello["now"] as number) - performance.now();
    client.subscribe("test");
    await show(a);
    await until("the first has come", () => client.pictures.length === 1);
    clock.set(jumpMs);
    await show(b);
    await until("the second has come", () => client.pictures.length === 2);
    client.say({ type: "time", at: 1 });
    const told = await until("it says the time", () => client.said.find(({ type }) => type === "time"));
    const states = client.states.length;
    await until("it says how it is", () => client.states.length > states);
    const times = [told["now"], client.states.at(-1)?.lastFrameAt, ...client.pictures.map((one) => one.capturedAt)];
    for (const time of times) {
      const ageMs = performance.now() + aheadMs - (time as number);
      assert.ok(ageMs > -100 && ageMs < 20_000, `${ageMs}`);
    }
  });
}

test("a browser keeps a token until it expires, whatever the browser's clock says", async () => {
  // Max-Age precedes Expires (RFC 6265, 5.3).
  const { setAccessCookie: keepAccess } = await import("../../src/http/access/middleware.ts");
  const set: [string, string, { maxAge?: number }][] = [];
  const response = { cookie: (...given: (typeof set)[number]) => set.push(given) };
  const request = { secure: false, socket: { localPort: 80 } };
  const expiresAt = Math.floor(Date.now() / 1000) + 60;
  keepAccess(request as never, response as never, { cookie: "token", expiresAt }, new Gate());
  const { maxAge = 0 } = set[0]?.[2] ?? {};
  assert.ok(maxAge > 50_000 && maxAge <= 60_000, `${maxAge}`);
});
