import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { type PasswordHash, parsePasswordHash } from "../../../src/auth/password-hash.ts";
import { signGrant } from "../../../src/auth/tokens.ts";
import { Users } from "../../../src/auth/users.ts";
import { Authenticator } from "../../../src/http/access/authenticator.ts";
import { Gate } from "../../../src/http/access/gate.ts";
import type { CameraReport } from "../../../src/http/routes/cameras.ts";
import { parseTrustedProxies, type TrustedProxies } from "../../../src/net/trusted-proxies.ts";
import { handCamera } from "../../support/cameras/hand-camera.ts";
import { pushCamera, servePush } from "../../support/cameras/push-camera.ts";
import { until } from "../../support/deferred.ts";
import { tinyJpeg } from "../../support/images/jpegs.ts";
import { ask, headOf } from "../../support/sockets/raw-http.ts";

const KEY = Buffer.alloc(32, 7);
const OWNER = { Authorization: `Basic ${Buffer.from("owner:plugh").toString("base64")}` };

const LOCKED = () => {
  const users = new Users([
    { name: "owner", passwordHash: parsePasswordHash("plugh") as PasswordHash, storedText: "plugh" },
  ]);
  return new Gate({}, new Authenticator({ users, key: () => KEY, realm: "House" }));
};

async function guestToken(): Promise<string> {
  const expiresAt = Math.floor(Date.now() / 1000) + 3600;
  return await signGrant(KEY, { cameras: ["phone"], can: ["view", "push"], expiresAt });
}

/** A camera with a publisher and a viewer, both with keys, and an output. */
async function serveBusy(t: TestContext, gate: Gate, headers: Record<string, string>) {
  const phone = pushCamera(t);
  const outputs = [{ kind: "tcp-connect", address: "nas.lan:9000", peers: ["10.0.0.9:9000"] }];
  const { url } = await servePush(t, [phone], { gate, outputsOf: () => outputs });
  const publisher = phone.inlet.connect({
    publisher: { address: "10.0.0.7:5000", key: "publisher's" },
    isStream: true,
    received: () => 0,
    onLost: () => {},
  });
  await publisher.push(tinyJpeg({}));
  await headOf(ask(t, `${url}/video_feed?key=viewer's`, { headers }));
  await headOf(ask(t, `${url}/video_feed?key=another`, { headers }));
  const json = async (path: string, given: Record<string, string> = {}) =>
    (await (await fetch(url + path, { headers: given })).json()) as unknown;
  return { url, json };
}

test("no key is told but to a client that gives it, and a digest takes nobody's place", async (t) => {
  const { url, json } = await serveBusy(t, new Gate(), {});
  const all = JSON.stringify([await json("/api/cameras"), await json("/api/cameras/phone"), await json("/state")]);
  assert.doesNotMatch(all, /publisher's|viewer's|another/);
  const { sender } = (await json("/api/cameras/phone")) as CameraReport;
  assert.match(sender?.key ?? "", /^[0-9a-f]{16}$/);
  const taking = async (key: string) => {
    const query = `?key=${encodeURIComponent(key)}`;
    const init = { method: "POST", headers: { "Content-Type": "image/jpeg" }, body: Buffer.from(tinyJpeg({})) };
    return (await fetch(`${url}/cameras/phone/frames${query}`, init)).status;
  };
  assert.equal(await taking(sender?.key ?? ""), 409);
  assert.equal(await taking("publisher's"), 202);
});

test("a client finds itself by its own key, in the status and as ustreamer has it", async (t) => {
  const { json } = await serveBusy(t, new Gate(), {});
  const { viewers } = (await json("/api/cameras/phone?key=viewer's&key=nobody's")) as CameraReport;
  assert.equal(viewers.filter(({ key }) => key === "viewer's").length, 1);
  assert.equal(viewers.length, 2);
  assert.equal(((await json("/api/cameras/phone?key=publisher's")) as CameraReport).sender?.key, "publisher's");
  const state = (await json("/state?key=viewer's")) as { result: { stream: { clients_stat: object } } };
  const keys = Object.values(state.result.stream.clients_stat).map(({ key }) => key);
  assert.deepEqual(
    keys.map((key: string) => key === "viewer's"),
    [true, false],
  );
});

test("a guest learns the number of viewers, and no address of a viewer, publisher or receiver", async (t) => {
  const { json } = await serveBusy(t, LOCKED(), OWNER);
  const token = await guestToken();
  for (const path of ["/api/cameras", "/api/cameras/phone", "/state"]) {
    const text = JSON.stringify(await json(`${path}?token=${token}`));
    assert.doesNotMatch(text, /10\.0\.0|127\.0\.0\.1|nas\.lan|viewer's|publisher's/, path);
  }
  const report = (await json(`/api/cameras/phone?token=${token}`)) as CameraReport;
  assert.deepEqual([report.viewers, report.viewerCount, report.outputs], [[], 2, []]);
  assert.equal(report.sender?.address, null);
  const own = (await json(`/api/cameras/phone?token=${token}&key=another`)) as CameraReport;
  assert.deepEqual(
    own.viewers.map(({ key }) => key),
    ["another"],
  );
  const { result } = (await json(`/state?token=${token}`)) as {
    result: { stream: { clients: number; clients_stat: object } };
  };
  assert.deepEqual([result.stream.clients, result.stream.clients_stat], [2, {}]);
  const { viewers, sender } = (await json("/api/cameras/phone", OWNER)) as CameraReport;
  assert.deepEqual([viewers.length, sender?.address], [2, "10.0.0.7:5000"]);
});

test("a guest who may send learns no other publisher's address from being refused", async (t) => {
  const { url } = await serveBusy(t, LOCKED(), OWNER);
  const init = { method: "POST", headers: { "Content-Type": "image/jpeg" }, body: Buffer.from(tinyJpeg({})) };
  const refused = await fetch(`${url}/cameras/phone/frames?token=${await guestToken()}`, init);
  assert.equal(refused.status, 409);
  assert.deepEqual(await refused.json(), { error: "Another publisher is live. Try again when it has ended." });
});

test("without a password local clients see the viewers, and strangers do not", async (t) => {
  const gate = new Gate({ isPublic: true, trust: parseTrustedProxies("loopback") as TrustedProxies });
  const { json } = await serveBusy(t, gate, {});
  const seenBy = async (address: string) => {
    const headers = { "X-Forwarded-For": address };
    return ((await json("/api/cameras/phone", headers)) as CameraReport).viewers.length;
  };
  assert.deepEqual([await seenBy("192.168.0.9"), await seenBy("8.8.8.8")], [2, 0]);
});

test("the health names no camera to a client without the password", async (t) => {
  const { camera } = handCamera(t, { name: "bedroom", stallMs: 50, isAlwaysOn: true });
  const { url } = await servePush(t, [pushCamera(t)], { gate: LOCKED(), others: [camera] });
  camera.start();
  await until("it fails", async () => (await fetch(`${url}/healthz`)).status === 503);
  const told = async (query = "", headers: Record<string, string> = {}) =>
    await (await fetch(`${url}/healthz${query}`, { headers })).json();
  for (const query of ["", "?strict", `?token=${await guestToken()}`, "?token=x"])
    assert.deepEqual(await told(query), { status: "failing" });
  assert.deepEqual(await told("", OWNER), { status: "failing", cameras: ["bedroom"] });
});
