import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createTokenKey } from "../../src/auth/token-key.ts";
import { signGrant } from "../../src/auth/tokens.ts";
import type { CameraReport } from "../../src/http/routes/cameras.ts";
import { serverNames } from "../../src/net/server-urls.ts";
import { loadStoredCertificate } from "../../src/tls/certificate-store.ts";
import { needsFaketime, programClock } from "../support/clock.ts";
import { until } from "../support/deferred.ts";
import { tinyJpeg } from "../support/images/jpegs.ts";
import { runProgramToEnd, startProgram } from "../support/programs/program.ts";
import { testFolder } from "../support/temporary-folder.ts";

const folder = testFolder();
const skip = needsFaketime;
const HOUR_S = 3600;
/** Seconds from now back to the first minutes of 1970. */
const TO_1970_S = -Math.floor(Date.now() / 1000) + 300;

/** Returns the program's clock, in seconds ahead of ours. */
async function aheadOf(url: string, headers: Record<string, string> = {}): Promise<number> {
  const { now } = (await (await fetch(`${url}/api/doctor/time`, { headers })).json()) as { now: number };
  return (now - Date.now()) / 1000;
}

test("a snapshot of an idle camera is current after its server's clock was set back an hour", { skip }, async (t) => {
  const clock = programClock(join(folder, "back"));
  const file = join(folder, "still.jpg");
  const [before, after] = [tinyJpeg({ label: "before" }), tinyJpeg({ label: "after" })];
  writeFileSync(file, before);
  const args = ["--linger", "0s", `cam=picture:${file}`];
  const { url } = await startProgram(t, args, { env: clock.env });
  const snapshot = async (query: string) => {
    const response = await fetch(`${url}/snapshot.jpg?strict&${query}`);
    assert.equal(response.headers.get("age"), "0");
    return Buffer.from(await response.arrayBuffer());
  };
  assert.deepEqual(await snapshot(""), before);
  const report = async () => (await (await fetch(`${url}/api/cameras/cam`)).json()) as CameraReport;
  await until("the camera is released", async () => (await report()).state === "idle");
  writeFileSync(file, after);
  clock.set(-HOUR_S);
  await until("the clock is set", async () => Math.abs((await aheadOf(url)) + HOUR_S) < 60);
  for (const query of ["", "max-age=1", "wait=next"]) assert.deepEqual(await snapshot(query), after, query);
});

test("a server that starts in 1970 and gets the right time goes on streaming, and reports the right times", {
  skip,
}, async (t) => {
  const clock = programClock(join(folder, "boot"));
  clock.set(TO_1970_S);
  const { url, errors } = await startProgram(t, ["cam=fake#fps=20", "phone=push"], { env: clock.env });
  const leave = new AbortController();
  const stream = await fetch(`${url}/video_feed`, { signal: leave.signal });
  const reader = (stream.body as ReadableStream<Uint8Array>).getReader();
  const report = async () => (await (await fetch(`${url}/api/cameras/cam`)).json()) as CameraReport;
  const goesOn = async (what: string) => {
    const { frames } = await report();
    await until(what, async () => {
      await reader.read();
      return (await report()).frames > frames + 20;
    });
    const { ageMs, lastFrameAt, restarts, viewers } = await report();
    assert.ok((ageMs ?? Number.NaN) < 10_000 && (viewers[0]?.lagMs ?? Number.NaN) < 10_000);
    const aheadMs = (await aheadOf(url)) * 1000;
    assert.ok(Math.abs((lastFrameAt ?? 0) - Date.now() - aheadMs) < 10_000);
    assert.equal(restarts, 0);
    assert.equal((await fetch(`${url}/healthz`)).status, 200);
  };
  await goesOn("it streams in 1970");
  for (const aheadS of [0, -HOUR_S, HOUR_S, TO_1970_S, 0]) {
    clock.set(aheadS);
    await until("the clock is set", async () => Math.abs((await aheadOf(url)) - aheadS) < 60);
    await goesOn(`it streams ${aheadS} s ahead`);
  }
  const phone = (await (await fetch(`${url}/api/cameras/phone`)).json()) as CameraReport;
  assert.ok(
    Math.abs((phone.offlineSince ?? 0) - Date.now()) < 600_000,
    "it has waited for minutes, and not since 1970",
  );
  assert.doesNotMatch(errors(), /stall|no picture/i);
  leave.abort();
});

test("an expired token does not become valid again when the clock is set back", { skip }, async (t) => {
  const clock = programClock(join(folder, "token"));
  const state = join(folder, "token-state");
  const key = await createTokenKey(state);
  const args = ["--auth", "owner:plugh", "--state-dir", state, "cam=fake"];
  const { url } = await startProgram(t, args, { env: clock.env });
  const expiresAt = Math.floor(Date.now() / 1000) + HOUR_S;
  const token = await signGrant(key, { cameras: ["cam"], can: ["view"], expiresAt });
  const status = async () => (await fetch(`${url}/api/cameras/cam?token=${token}`)).status;
  assert.equal(await status(), 200);
  const stream = await fetch(`${url}/video_feed?token=${token}`);
  clock.set(2 * HOUR_S);
  await until("the token has expired", async () => (await status()) === 401);
  // It has no length, so it ends with the connection.
  await stream.arrayBuffer().catch(() => {});
  clock.set(0);
  const owner = { Authorization: `Basic ${Buffer.from("owner:plugh").toString("base64")}` };
  await until("the clock is set back", async () => Math.abs(await aheadOf(url, owner)) < 60);
  assert.equal(await status(), 401);
});

test("a stored certificate stays the same, whatever the clock says at start", { skip }, async (t) => {
  const clock = programClock(join(folder, "tls"));
  const state = join(folder, "tls-state");
  mkdirSync(state);
  const { pem, path } = await loadStoredCertificate(state, serverNames("127.0.0.1"));
  const years = 365 * 24 * HOUR_S;
  for (const aheadS of [TO_1970_S, -HOUR_S * 48, 3 * years, 20 * years, 0]) {
    clock.set(aheadS);
    const { process: child } = await startProgram(t, ["--tls-self-signed", "--state-dir", state, "fake"], clock);
    assert.equal(readFileSync(path, "utf8"), pem, `${aheadS} s ahead`);
    child.kill("SIGTERM");
  }
});

test("no token is created while the clock is wrong: it would expire when the clock is set", { skip }, async (t) => {
  const clock = programClock(join(folder, "making"));
  clock.set(TO_1970_S);
  const state = join(folder, "making-state");
  const { status, stderr } = await runProgramToEnd(["create-token", "cam", "--state-dir", state], { env: clock.env });
  assert.equal(status, 1);
  assert.match(stderr, /^stillstream: create-token: this machine's clock shows 1970-01-01T.* Set the clock first\.\n$/);
  const { url } = await startProgram(t, ["--auth", "owner:plugh", "--state-dir", state, "cam=fake"], clock);
  const headers = { Authorization: `Basic ${Buffer.from("owner:plugh").toString("base64")}` };
  const make = () =>
    fetch(`${url}/api/tokens`, { method: "POST", headers, body: JSON.stringify({ cameras: ["cam"], can: ["view"] }) });
  assert.equal((await make()).status, 503);
  clock.set(0);
  await until("the clock is set", async () => Math.abs(await aheadOf(url, headers)) < 60);
  assert.equal((await make()).status, 201);
});
