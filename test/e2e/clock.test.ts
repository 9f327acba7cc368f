import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createTokenKey } from "../../src/auth/token-key.ts";
import { signGrant } from "../../src/auth/tokens.ts";
import { createToken } from "../../src/cli/create-token.ts";
import type { CameraReport } from "../../src/http/routes/cameras.ts";
import { serverNames } from "../../src/net/server-urls.ts";
import { loadStoredCertificate } from "../../src/tls/certificate-store.ts";
import { needsFaketime, programClock } from "../support/clock.ts";
import { until } from "../support/deferred.ts";
import { tinyJpeg } from "../support/images/jpegs.ts";
import { startProgram } from "../support/programs/program.ts";
import { refused, startServer } from "../support/programs/server.ts";
import { testFolder } from "../support/temporary-folder.ts";
import { watchStream } from "../support/viewers/watch-stream.ts";
import { virtualTime } from "../support/virtual-time.ts";

const folder = testFolder();
const HOUR_MS = 3_600_000;
const YEAR_MS = 365 * 24 * HOUR_MS;
const NOW = Date.UTC(2026, 10, 28, 12);
/** The first minutes of 1970. */
const IN_1970 = 300_000;
const OWNER = { Authorization: `Basic ${Buffer.from("owner:plugh").toString("base64")}` };

test("a snapshot of an idle camera is current after its server's clock was set back an hour", async (t) => {
  const time = virtualTime(t, NOW);
  const file = join(folder, "still.jpg");
  const [before, after] = [tinyJpeg({ label: "before" }), tinyJpeg({ label: "after" })];
  writeFileSync(file, before);
  const { url, report } = await time.settle(startServer(t, ["--linger", "0s", `cam=picture:${file}`]));
  const snapshot = async (query: string) => {
    const response = await time.settle(fetch(`${url}/snapshot.jpg?strict&${query}`));
    assert.equal(response.headers.get("age"), "0");
    return Buffer.from(await response.arrayBuffer());
  };
  assert.deepEqual(await snapshot(""), before);
  await time.until("the camera is released", async () => (await report("cam")).state === "idle");
  writeFileSync(file, after);
  time.setClock(NOW - HOUR_MS);
  for (const query of ["", "max-age=1", "wait=next"]) assert.deepEqual(await snapshot(query), after, query);
});

test("a server that starts in 1970 and gets the right time goes on streaming, and reports the right times", async (t) => {
  const time = virtualTime(t, IN_1970);
  const { url, report, errors } = await time.settle(startServer(t, ["cam=fake#fps=20", "phone=push"]));
  const stream = watchStream(t, `${url}/video_feed`, { keep: false });
  const goesOn = async (what: string) => {
    const { length } = stream.pictures;
    await time.until(what, () => stream.pictures.length > length + 20);
    const { ageMs, lastFrameAt, restarts, viewers } = await report("cam");
    assert.ok((ageMs ?? Number.NaN) < 1000 && (viewers[0]?.lagMs ?? Number.NaN) < 1000);
    assert.ok(Math.abs((lastFrameAt ?? 0) - Date.now()) < 1000, what);
    assert.equal(restarts, 0);
    assert.equal((await fetch(`${url}/healthz`)).status, 200);
  };
  await goesOn("it streams in 1970");
  for (const clock of [NOW, NOW - HOUR_MS, NOW + HOUR_MS, IN_1970, NOW]) {
    time.setClock(clock);
    await goesOn(`it streams at ${new Date(clock).toISOString()}`);
  }
  const phone = await report("phone");
  assert.ok(Math.abs((phone.offlineSince ?? 0) - NOW) < 600_000, "it has waited for minutes, and not since 1970");
  assert.doesNotMatch(errors(), /stall|no picture/i);
});

test("the program goes on streaming when the system's clock is set from 1970 to now", {
  skip: needsFaketime,
}, async (t) => {
  const clock = programClock(join(folder, "boot"));
  clock.set(-Math.floor(Date.now() / 1000) + 300);
  const { url } = await startProgram(t, ["cam=fake#fps=20"], { env: clock.env });
  const stream = watchStream(t, `${url}/video_feed`, { keep: false });
  const report = async () => (await (await fetch(`${url}/api/cameras/cam`)).json()) as CameraReport;
  const isLive = async (year: number) => {
    const { lastFrameAt } = await report();
    return lastFrameAt !== null && new Date(lastFrameAt).getUTCFullYear() === year;
  };
  await until("it streams in 1970", async () => stream.pictures.length > 2 && (await isLive(1970)));
  clock.set(0);
  await until("its frames are of this year", () => isLive(new Date().getUTCFullYear()));
  const { length } = stream.pictures;
  await until("the stream goes on", () => stream.pictures.length > length + 2);
  assert.equal((await report()).restarts, 0);
});

test("an expired token does not become valid again when the clock is set back", async (t) => {
  const time = virtualTime(t, NOW);
  const state = join(folder, "token-state");
  const key = await createTokenKey(state);
  const { url } = await time.settle(startServer(t, ["--auth", "owner:plugh", "--state-dir", state, "cam=fake"]));
  const expiresAt = (NOW + HOUR_MS) / 1000;
  const token = await signGrant(key, { cameras: ["cam"], can: ["view"], expiresAt });
  const status = async () => (await fetch(`${url}/api/cameras/cam?token=${token}`)).status;
  assert.equal(await status(), 200);
  const stream = watchStream(t, `${url}/video_feed?token=${token}`, { keep: false });
  await time.until("it is watched", () => stream.pictures.length > 0);
  time.setClock(NOW + 2 * HOUR_MS);
  assert.equal(await status(), 401);
  await time.until("the stream has ended", () => stream.ended);
  time.setClock(NOW);
  assert.equal(await status(), 401);
});

test("a stored certificate stays the same, whatever the clock says at start", async (t) => {
  const time = virtualTime(t, NOW);
  const state = join(folder, "tls-state");
  mkdirSync(state);
  const { pem, path } = await loadStoredCertificate(state, serverNames("127.0.0.1"));
  for (const clock of [IN_1970, NOW - 48 * HOUR_MS, NOW + 3 * YEAR_MS, NOW + 20 * YEAR_MS, NOW]) {
    time.setClock(clock);
    const { stop } = await time.settle(startServer(t, ["--tls-self-signed", "--state-dir", state, "fake"]));
    assert.equal(readFileSync(path, "utf8"), pem, new Date(clock).toISOString());
    await stop();
  }
});

test("no token is created while the clock is wrong: it would expire when the clock is set", async (t) => {
  const time = virtualTime(t, IN_1970);
  const state = join(folder, "making-state");
  const { status, stderr } = await refused(() => createToken(["cam", "--state-dir", state]));
  assert.equal(status, 1);
  assert.match(stderr, /^stillstream: create-token: this machine's clock shows 1970-01-01T.* Set the clock first\.\n$/);
  const { url } = await time.settle(startServer(t, ["--auth", "owner:plugh", "--state-dir", state, "cam=fake"]));
  const body = JSON.stringify({ cameras: ["cam"], can: ["view"] });
  const make = () => fetch(`${url}/api/tokens`, { method: "POST", headers: OWNER, body });
  assert.equal((await make()).status, 503);
  time.setClock(NOW);
  assert.equal((await make()).status, 201);
});
