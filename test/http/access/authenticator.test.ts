import assert from "node:assert/strict";
import { scryptSync } from "node:crypto";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import { WebSocket } from "ws";
import { type PasswordHash, parsePasswordHash } from "../../../src/auth/password-hash.ts";
import { type Capability, signGrant } from "../../../src/auth/tokens.ts";
import { Users } from "../../../src/auth/users.ts";
import type { Camera } from "../../../src/core/camera.ts";
import { Authenticator } from "../../../src/http/access/authenticator.ts";
import { Gate } from "../../../src/http/access/gate.ts";
import { WebServer } from "../../../src/http/server/web-server.ts";
import { Feeds } from "../../../src/http/streaming/feed.ts";
import { Viewers } from "../../../src/http/streaming/viewers.ts";
import { webSocketRoutes } from "../../../src/http/websocket-routes.ts";
import { MessageLog } from "../../../src/messages/message-log.ts";
import { parseTrustedProxies, type TrustedProxies } from "../../../src/net/trusted-proxies.ts";
import { Placeholders } from "../../../src/transform/placeholders.ts";
import { Variants } from "../../../src/transform/variants.ts";
import { pause } from "../../../src/util/abort.ts";
import { createTestApp } from "../../support/app.ts";
import { handCamera } from "../../support/cameras/hand-camera.ts";
import { until } from "../../support/deferred.ts";
import { tinyJpeg } from "../../support/images/jpegs.ts";
import { listen, serve, testCamera } from "../../support/serve.ts";
import { liveClient } from "../../support/viewers/live-client.ts";
import { virtualTime } from "../../support/virtual-time.ts";

const PASSWORD = "correct horse: battery";
const KEY = Buffer.alloc(32, 7);
/** As `hash-password` prints it, at a thousandth of the cost. */
const HASH = `$scrypt$ln=5,r=8,p=1$c2FsdA$${scryptSync(PASSWORD, "salt", 32, { N: 32, r: 8, p: 1 }).toString("base64").replace("=", "")}`;
const HTML = "text/html,application/xhtml+xml";

const basic = (name: string, password: string) => ({
  Authorization: `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}`,
});
const OWNER = basic("owner", PASSWORD);

/** Serves two cameras behind one user's password. */
async function serveLocked(t: TestContext, written = PASSWORD) {
  const list = ["door", "yard"].map((name) =>
    testCamera(t, {
      name,
      async *open({ signal }) {
        while (!signal.aborted) {
          yield tinyJpeg({});
          await pause(20, signal);
        }
      },
    }),
  ) as [Camera, Camera];
  const state = { key: KEY as Uint8Array, failures: [] as string[] };
  const authenticator = new Authenticator({
    users: new Users([
      { name: "owner", passwordHash: parsePasswordHash(written) as PasswordHash, storedText: written },
    ]),
    key: () => state.key,
    realm: 'My "house" – cams',
    onFailure: (address) => state.failures.push(address),
  });
  const gate = new Gate({ trust: parseTrustedProxies("loopback") as TrustedProxies }, authenticator);
  const variants = new Map(list.map((camera) => [camera, new Variants(camera)]));
  const watching = {
    title: "House",
    viewers: new Viewers(100),
    feeds: new Feeds(new Placeholders()),
    variants: (camera: Camera) => variants.get(camera) as Variants,
    tuneSocket: () => {},
  };
  const messages = new MessageLog();
  const shared = { cameras: list, gate, publisherSlots: new Map() };
  const live = { ...watching, messagesOf: () => messages };
  const web = new WebServer({
    app: createTestApp({ ...shared, ...watching }),
    webSockets: webSocketRoutes({ ...shared, live }),
  });
  t.after(() => web.cut());
  return { url: await listen(t, web.server), gate, state };
}

async function grant(cameras: string[], can: Capability[], seconds = 3600, key: Uint8Array = KEY): Promise<string> {
  return await signGrant(key, { cameras, can, expiresAt: Math.floor(Date.now() / 1000) + seconds });
}

async function statusOf(url: string, init: RequestInit = {}): Promise<number> {
  const response = await fetch(url, init);
  await response.body?.cancel();
  return response.status;
}

const EVERYTHING = [
  ...["/", "/video_feed", "/stream", "/snapshot.jpg", "/state", "/?action=stream", "/?action=snapshot_1", "/live"],
  ...["/cameras/door", "/cameras/door/video_feed", "/cameras/door/snapshot.jpg", "/cameras/door/bare", "/embed"],
  ...["/cameras/door/embed", "/cameras/door/publish", "/cameras/door/publish.svg", "/api/cameras", "/api/cameras/door"],
  ...["/api/cameras/door/controls", "/api/cameras/door/messages", "/api/cameras/door/messages/stream", "/api/devices"],
  ...["/doctor", "/doctor/burst", "/api/doctor", "/api/doctor/time", "/api/stream.mjpeg", "/api/frame.jpeg?src=yard"],
  ...["/nowhere"],
];

test("without a password everything is refused, except health and the static files", async (t) => {
  const { url } = await serveLocked(t);
  for (const path of EVERYTHING) {
    const response = await fetch(url + path);
    assert.equal(response.status, 401, path);
    assert.equal(response.headers.get("www-authenticate"), 'Basic realm="My \\"house\\" ? cams", charset="UTF-8"');
    assert.deepEqual(await response.json(), { error: "Sign in required: send a password or a token." });
  }
  for (const [method, path] of [
    ["POST", "/cameras/door/frames"],
    ["PUT", "/cameras/door/frames"],
    ["PATCH", "/api/cameras/door/controls"],
    ["POST", "/api/cameras/door/messages"],
    ["POST", "/cameras/door/share.svg"],
  ] as const) {
    assert.equal(await statusOf(url + path, { method, body: "x" }), 401, path);
  }
  for (const path of ["/live", "/cameras/door/frames"]) assert.equal(await upgradeStatus(t, url + path), 401, path);
  assert.deepEqual(await (await fetch(`${url}/healthz`)).json(), { status: "ok" });
  assert.equal(await statusOf(`${url}/public/picture.css`), 200);
  assert.equal(await statusOf(`${url}/video_feed`, { method: "OPTIONS" }), 204);
});

for (const written of [PASSWORD, HASH]) {
  test(`the right password opens everything and a wrong one nothing: ${written === PASSWORD ? "plain" : "hashed"}`, async (t) => {
    const { url, state } = await serveLocked(t, written);
    for (const path of ["/", "/snapshot.jpg", "/api/cameras", "/doctor", "/video_feed"]) {
      assert.equal(await statusOf(url + path, { headers: OWNER }), 200, path);
    }
    const wrong = [
      basic("owner", "nonsense"),
      basic("nobody", PASSWORD),
      basic("owner", ""),
      { Authorization: "Basic !" },
    ];
    for (const headers of wrong) assert.equal(await statusOf(`${url}/`, { headers }), 401, JSON.stringify(headers));
    assert.equal(state.failures.length, 4);
  });
}

test("after ten failures a minute an address waits, unless the password was right there before", async (t) => {
  virtualTime(t);
  const { url } = await serveLocked(t);
  assert.equal(await statusOf(url, { headers: OWNER }), 200);
  for (let count = 0; count < 10; count++)
    assert.equal(await statusOf(url, { headers: basic("owner", `${count}`) }), 401);
  const response = await fetch(url, { headers: basic("owner", "another") });
  assert.equal(response.status, 429);
  assert.equal(response.headers.get("retry-after"), "60");
  assert.equal(await statusOf(url, { headers: OWNER }), 200);
});

/** A client behind the trusted proxy. */
const from = (address: string) => ({ "X-Forwarded-For": address });

for (const written of [PASSWORD, HASH]) {
  test(`while an address is locked out, nothing tells the right password from a wrong one: ${written === PASSWORD ? "plain" : "hashed"}`, async (t) => {
    virtualTime(t);
    const { url, state } = await serveLocked(t, written);
    assert.equal(await statusOf(url, { headers: { ...OWNER, ...from("10.0.0.5") } }), 200);
    for (let count = 0; count < 10; count++)
      await statusOf(url, { headers: { ...basic("owner", `${count}`), ...from("10.0.0.66") } });
    const failures = state.failures.length;
    const answerTo = async (path: string, headers: Record<string, string>) => {
      const response = await fetch(url + path, { headers: { ...headers, Accept: HTML } });
      const { date: _, "retry-after": __, etag: ___, ...others } = Object.fromEntries(response.headers);
      const body = (await response.text()).replace(/in \d+ s/g, "in N s").replace(/"nonce-[^"]+"|nonce="[^"]*"/g, "");
      return { status: response.status, body, headers: others, cookies: response.headers.getSetCookie() };
    };
    for (const address of ["10.0.0.66", "::ffff:10.0.0.66", "::ffff:a00:42"]) {
      for (const path of ["/", "/api/access", "/snapshot.jpg", "/healthz"]) {
        const right = await answerTo(path, { ...OWNER, ...from(address) });
        assert.deepEqual(right, await answerTo(path, { ...basic("owner", "wrong"), ...from(address) }), path);
        assert.deepEqual(right.cookies, []);
      }
      for (const headers of [OWNER, basic("owner", "wrong"), basic("nobody", PASSWORD)]) {
        assert.equal(await statusOf(`${url}/api/cameras`, { headers: { ...headers, ...from(address) } }), 429);
        assert.equal(await upgradeStatus(t, `${url}/live`, { ...headers, ...from(address) }), 429);
      }
    }
    assert.equal(state.failures.length, failures);
    assert.equal(await statusOf(url, { headers: { ...OWNER, ...from("10.0.0.5") } }), 200);
  });
}

test("a client that forges a new address for each try is locked out, with every header of trusted proxies", async (t) => {
  virtualTime(t);
  for (const written of ["X-Real-IP", "Forwarded", "X-Forwarded-For"]) {
    const { url } = await serveLocked(t);
    const said = { [written]: written === "Forwarded" ? "for=203.0.113.66" : "203.0.113.66" };
    const own = written === "X-Forwarded-For" ? "X-Real-IP" : "X-Forwarded-For";
    const asked = (count: number) =>
      statusOf(url, { headers: { ...basic("owner", `${count}`), ...said, [own]: `10.0.0.${count}` } });
    for (let count = 0; count < 10; count++) assert.equal(await asked(count), 401, written);
    assert.equal(await asked(11), 429, written);
  }
});

test("cookies and tokens still work while an address is locked out", async (t) => {
  virtualTime(t);
  const { url } = await serveLocked(t);
  const page = await fetch(url, { headers: { ...OWNER, ...from("10.0.0.5"), Accept: HTML } });
  const Cookie = (page.headers.getSetCookie()[0] ?? "").split(";")[0] ?? "";
  for (let count = 0; count < 10; count++)
    await statusOf(url, { headers: { ...basic("owner", `${count}`), ...from("10.0.0.66") } });
  const asked = (headers: Record<string, string>, query = "") =>
    statusOf(`${url}/video_feed${query}`, { headers: { ...headers, ...from("10.0.0.66") } });
  assert.equal(await asked(OWNER), 429);
  assert.equal(await asked({ Cookie }), 200);
  // A browser sends both.
  assert.equal(await asked({ ...OWNER, Cookie }), 200);
  assert.equal(await asked({}, `?token=${await grant(["door"], ["view"])}`), 200);
  assert.equal(await upgradeStatus(t, `${url}/live`, { ...OWNER, ...from("10.0.0.66") }), 429);
  await liveClient(t, url, { headers: { ...OWNER, Cookie, ...from("10.0.0.66") } });
});

test("invalid tokens block no login, and wrong passwords block no token", async (t) => {
  const { url } = await serveLocked(t);
  for (let count = 0; count < 10; count++) assert.equal(await statusOf(`${url}/?token=${count}`), 401);
  assert.equal(await statusOf(`${url}/?token=x`), 429);
  assert.equal(await statusOf(url, { headers: OWNER }), 200);
  const attacker = from("10.0.0.66");
  for (let count = 0; count < 11; count++)
    await statusOf(url, { headers: { ...basic("owner", `${count}`), ...attacker } });
  assert.equal(await statusOf(url, { headers: { Authorization: "Bearer nonsense", ...attacker } }), 401);
  assert.equal(await statusOf(`${url}/?token=${await grant(["door"], ["view"])}`, { headers: attacker }), 200);
});

test("a token opens only its cameras with its capabilities, by header or URL", async (t) => {
  const { url } = await serveLocked(t);
  const token = await grant(["yard"], ["view"]);
  const good = ["/", "/video_feed", "/snapshot.jpg", "/cameras/yard", "/cameras/yard/video_feed", "/api/cameras/yard"];
  for (const path of good) {
    assert.equal(await statusOf(`${url}${path}?token=${token}`), 200, path);
    assert.equal(await statusOf(url + path, { headers: { Authorization: `Bearer ${token}` } }), 200, path);
  }
  const listed = (await (await fetch(`${url}/api/cameras?token=${token}`)).json()) as { cameras: { name: string }[] };
  assert.deepEqual(
    listed.cameras.map(({ name }) => name),
    ["yard"],
  );
  const unknown = await fetch(`${url}/cameras/door/video_feed?token=${token}`);
  assert.equal(unknown.status, 404);
  assert.deepEqual(await unknown.json(), { error: 'Camera "door" not found. Cameras: yard.' });
  assert.equal(await statusOf(`${url}/api/frame.jpeg?src=door&token=${token}`), 404);
  assert.equal(await statusOf(`${url}/?action=snapshot_1&token=${token}`), 404);
  for (const path of ["/doctor", "/api/devices", "/embed", "/cameras/yard/embed", "/cameras/yard/publish"]) {
    assert.equal(await statusOf(`${url}${path}?token=${token}`), 403, path);
  }
  for (const [method, path] of [
    ["POST", "/cameras/yard/frames"],
    ["PATCH", "/api/cameras/yard/controls"],
    ["POST", "/api/cameras/yard/messages"],
  ] as const) {
    assert.equal(await statusOf(`${url}${path}?token=${token}`, { method, body: "x" }), 403, path);
  }
  const html = await (await fetch(`${url}/cameras/yard?token=${token}`, { headers: { Accept: HTML } })).text();
  assert.doesNotMatch(html, /door/);
});

test("a token has only its capabilities", async (t) => {
  const { url } = await serveLocked(t);
  const asked = async (can: Capability[], path: string, init: RequestInit = {}) =>
    await statusOf(`${url}${path}?token=${await grant(["door"], can)}`, init);
  assert.equal(await asked(["snapshot"], "/cameras/door/snapshot.jpg"), 200);
  assert.equal(await asked(["snapshot"], "/cameras/door/video_feed"), 403);
  assert.equal(await asked(["push", "control"], "/cameras/door/snapshot.jpg"), 403);
  assert.equal(await asked(["control"], "/api/cameras/door/messages", { method: "POST", body: "hi" }), 202);
  // This camera does not accept uploads, and says so to publishers.
  assert.equal(await asked(["push"], "/cameras/door/frames", { method: "POST", body: "x" }), 404);
});

test("an expired, foreign, malformed or empty token opens nothing, and asks for no password", async (t) => {
  const { url } = await serveLocked(t);
  const none = Buffer.from('{"alg":"none"}').toString("base64url");
  const good = await grant(["door"], ["view"]);
  const bad = [
    await grant(["door"], ["view"], -1),
    await grant(["door"], ["view"], 60, Buffer.alloc(32, 8)),
    `${none}.${good.split(".")[1]}.`,
    good.slice(0, -2),
    "",
  ];
  for (const token of bad) {
    const response = await fetch(`${url}/video_feed?token=${token}`);
    assert.equal(response.status, 401, token);
    assert.equal(response.headers.get("www-authenticate"), 'Bearer error="invalid_token"');
    await response.body?.cancel();
  }
  const page = await fetch(url, { headers: { ...OWNER, Accept: HTML } });
  const session = (page.headers.getSetCookie()[0] ?? "").split(/[=;]/)[1];
  assert.equal(await statusOf(`${url}/video_feed?token=${session}`), 401);
});

test("an expired token is called expired and counts as no guess; a revoked one counts", async (t) => {
  const { url, state } = await serveLocked(t);
  const over = await signGrant(KEY, { cameras: ["door"], can: ["view"], expiresAt: Date.UTC(2026, 0, 2, 3, 4) / 1000 });
  for (let count = 0; count < 12; count++) {
    const response = await fetch(`${url}/video_feed?token=${over}`);
    assert.equal(response.status, 401);
    assert.deepEqual(await response.json(), {
      error: "Token expired: it was valid until 2 January 2026 at 03:04 UTC. Ask for a new link, or sign in.",
    });
  }
  assert.deepEqual(state.failures, []);
  const revoked = await grant(["door"], ["view"], -60, Buffer.alloc(32, 8));
  const { error } = (await (await fetch(`${url}/video_feed?token=${revoked}`)).json()) as { error: string };
  assert.match(error, /^Invalid token: it is incomplete or was revoked\. Ask /);
  assert.equal(state.failures.length, 1);
  const Cookie = `stillstream_${new URL(url).port}=${over}`;
  const kept = await fetch(`${url}/api/cameras`, { headers: { Cookie } });
  assert.equal(kept.headers.get("www-authenticate")?.split(" ")[0], "Basic");
  assert.deepEqual(await kept.json(), {
    error: "Your session has expired. Reload to sign in, or open a new link.",
  });
});

test("a client learns whether it may watch, and why not, without a 401 that opens the password dialog", async (t) => {
  const { url } = await serveLocked(t);
  const asked = async (query: string, headers: Record<string, string> = {}) => {
    const response = await fetch(`${url}/api/access${query}`, { headers });
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("www-authenticate"), null);
    const [cookie] = response.headers.getSetCookie();
    return { ...((await response.json()) as object), cookie: cookie?.split("=")[0] };
  };
  const nobody = { view: false, until: null, status: 401, cookie: undefined };
  assert.deepEqual(await asked(""), { ...nobody, error: "Sign in required: send a password or a token." });
  const good = { view: true, status: 200, error: null };
  // This renews the session of a page that stays open.
  assert.deepEqual(await asked("", OWNER), { ...good, until: null, cookie: `stillstream_${new URL(url).port}` });
  const expiresAt = Math.floor(Date.now() / 1000) + 60;
  const token = await signGrant(KEY, { cameras: ["door"], can: ["view"], expiresAt });
  assert.deepEqual(await asked(`?token=${token}`), { ...good, until: expiresAt * 1000, cookie: undefined });
  assert.deepEqual(await asked(`?token=${await grant(["door"], ["push"])}`), {
    ...nobody,
    status: 403,
    error: "Not allowed: this token permits push, and this needs view.",
  });
  // Next to the page for which the browser has the password.
  assert.equal(
    ((await (await fetch(`${url}/cameras/door/access`, { headers: OWNER })).json()) as { view: boolean }).view,
    true,
  );
  for (let count = 0; count < 10; count++) await asked("", { ...basic("owner", `${count}`), ...from("10.0.0.66") });
  const locked = await asked("", { ...OWNER, ...from("10.0.0.66") });
  assert.equal((locked as unknown as { status: number }).status, 429);
  const open = await serve(t, { cameras: [handCamera(t).camera] });
  assert.deepEqual(await (await fetch(`${open}/api/access`)).json(), { ...good, until: null });
});

test("a page's own requests use its token, and no other site's page gets it", async (t) => {
  const { url } = await serveLocked(t);
  const token = await grant(["door"], ["view"]);
  for (const [query, headers] of [
    ["", OWNER],
    [`?token=${token}`, {}],
  ] as const) {
    const page = await fetch(`${url}/${query}`, { headers: { ...headers, Accept: HTML } });
    const [cookie = ""] = page.headers.getSetCookie();
    assert.match(cookie, /^stillstream_\d+=[^;]+;.* HttpOnly; SameSite=Lax$/);
    const Cookie = cookie.split(";")[0] ?? "";
    assert.equal(await statusOf(`${url}/cameras/door/snapshot.jpg`, { headers: { Cookie } }), 200);
    await liveClient(t, url, { headers: { Cookie } });
    await liveClient(t, url, { headers: { Cookie }, origin: url });
    assert.equal(await upgradeStatus(t, `${url}/live`, { Cookie, Origin: "https://evil.example" }), 401);
  }
  assert.equal(await upgradeStatus(t, `${url}/live`, { ...OWNER, Origin: "https://evil.example" }), 401);
  const programs = await fetch(`${url}/api/cameras`, { headers: OWNER });
  assert.deepEqual(programs.headers.getSetCookie(), []);
});

test("another site's page reads only by its own token, not by the browser's cookie", async (t) => {
  const { url } = await serveLocked(t);
  const token = await grant(["door"], ["view"]);
  const page = await fetch(`${url}/`, { headers: { ...OWNER, Accept: HTML } });
  const Cookie = page.headers.getSetCookie()[0]?.split(";")[0] ?? "";
  const Origin = "https://dash.example";
  const [may, mayNot] = [
    [Origin, "cross-origin"],
    [null, "same-origin"],
  ];
  const cases: [path: string, init: RequestInit, status: number, headers: unknown][] = [
    [`/api/cameras?token=${token}`, {}, 200, may],
    ["/api/cameras", { headers: { Authorization: `Bearer ${token}` } }, 200, may],
    // The page may learn why it is refused, and send preflights; never with a password, which it
    // could guess.
    ["/api/cameras?token=x", {}, 401, may],
    ["/api/cameras", { method: "OPTIONS" }, 204, may],
    ["/public/embed.js", {}, 200, may],
    ["/healthz", {}, 200, may],
    ["/api/cameras", {}, 401, mayNot],
    ["/api/cameras", { headers: OWNER }, 200, mayNot],
    ["/api/cameras?token=x", { headers: OWNER }, 200, mayNot],
    [`/api/cameras?token=${token}`, { headers: OWNER }, 200, mayNot],
    ["/api/cameras?token=x", { headers: { Cookie } }, 200, mayNot],
  ];
  for (const [path, init, status, expected] of cases) {
    const answer = await fetch(url + path, { ...init, headers: { ...init.headers, Origin } });
    await answer.body?.cancel();
    assert.equal(answer.status, status, path);
    const names = ["access-control-allow-origin", "cross-origin-resource-policy"];
    assert.deepEqual(
      names.map((name) => answer.headers.get(name)),
      expected,
      `${path} ${JSON.stringify(init)}`,
    );
    assert.doesNotMatch(answer.headers.get("access-control-allow-headers") ?? "", /authorization/i);
  }
});

test("a page that hides its origin may show with a token", async (t) => {
  const { url } = await serveLocked(t);
  const token = await grant(["door"], ["view"]);
  // As for an <img> on an https page that sends no Referer, such as Home Assistant's.
  const hidden = { "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image" };
  const cases: [query: string, headers: Record<string, string>, status: number, policy: string][] = [
    [`?token=${token}`, {}, 200, "cross-origin"],
    ["?token=x", {}, 401, "cross-origin"],
    ["", {}, 401, "same-site"],
    ["", OWNER, 200, "same-site"],
    ["?token=x", OWNER, 200, "same-site"],
    [`?token=${token}`, OWNER, 200, "same-site"],
  ];
  for (const [query, headers, status, policy] of cases) {
    const answer = await fetch(`${url}/api/cameras${query}`, { headers: { ...headers, ...hidden } });
    await answer.body?.cancel();
    assert.equal(answer.status, status, query);
    assert.equal(answer.headers.get("cross-origin-resource-policy"), policy, `${query} ${JSON.stringify(headers)}`);
  }
});

test("a live connection with a token knows only the token's cameras, from any page", async (t) => {
  const { url } = await serveLocked(t);
  const token = await grant(["yard"], ["view"]);
  const client = await liveClient(t, `${url}/live?token=${token}`, { origin: "https://dash.example" });
  assert.deepEqual(client.hello["cameras"], [{ name: "yard", title: "yard" }]);
  client.subscribe("door");
  await until("it is refused", () =>
    client.said.some(({ type, message }) => type === "error" && /"door"/.test(`${message}`)),
  );
  const only = await grant(["yard"], ["snapshot"]);
  assert.equal(await upgradeStatus(t, `${url}/live?token=${only}`), 403);
});

test("streams and live connections end when their token expires or all are revoked", async (t) => {
  const time = virtualTime(t);
  const { url, gate, state } = await serveLocked(t);
  const token = await grant(["door"], ["view"], 2);
  const client = await liveClient(t, `${url}/live?token=${token}`);
  const stream = await fetch(`${url}/video_feed?token=${token}`);
  await time.advance(1900);
  client.say({ type: "time", at: 1 });
  await until("it is still answered", () => client.said.at(-1)?.["at"] === 1);
  await time.advance(200);
  // Without a length it ends with the connection.
  assert.ok((await stream.arrayBuffer()).byteLength > 0);
  assert.deepEqual(await client.closed, [4401, "Your session has expired."]);
  const long = await grant(["door"], ["view"]);
  const another = await liveClient(t, `${url}/live?token=${long}`);
  state.key = Buffer.alloc(32, 9);
  gate.heldConnections.endAll();
  assert.equal((await another.closed)[0], 4401);
  assert.equal(await statusOf(`${url}/video_feed?token=${long}`), 401);
});

test("a signed-in user creates tokens; tokens and other sites' pages cannot", async (t) => {
  const { url } = await serveLocked(t);
  const post = (body: unknown, headers: Record<string, string> = OWNER) =>
    fetch(`${url}/api/tokens`, { method: "POST", body: JSON.stringify(body), headers });
  const wish = { cameras: ["yard"], can: ["view"], for: "12h" };
  const made = await post(wish);
  assert.equal(made.status, 201);
  const { token, expiresAt } = (await made.json()) as { token: string; expiresAt: number };
  assert.ok(Math.abs(expiresAt - Date.now() - 12 * 3_600_000) < 5000);
  assert.equal(await statusOf(`${url}/cameras/yard/video_feed?token=${token}`), 200);
  assert.equal((await post(wish, {})).status, 401);
  assert.equal((await post(wish, { Authorization: `Bearer ${token}` })).status, 403);
  assert.equal((await post(wish, { ...OWNER, Origin: "https://evil.example" })).status, 403);
  assert.equal((await post({ ...wish, cameras: ["attic"] })).status, 404);
  for (const wrong of [
    {},
    [],
    null,
    { ...wish, can: ["fly"] },
    { ...wish, can: [] },
    { ...wish, for: 5 },
    { ...wish, cameras: "yard" },
  ]) {
    assert.equal((await post(wrong)).status, 400, JSON.stringify(wrong));
  }
  const open = await serve(t, { cameras: [handCamera(t).camera] });
  const asked = await fetch(`${open}/api/tokens`, { method: "POST", body: '{"cameras":["test"],"can":["view"]}' });
  assert.equal(asked.status, 409);
});

async function upgradeStatus(t: TestContext, url: string, headers: Record<string, string> = {}): Promise<number> {
  const socket = new WebSocket(url.replace("http", "ws"), { headers });
  t.after(() => socket.terminate());
  socket.on("error", () => {});
  const [, response] = (await once(socket, "unexpected-response")) as [unknown, { statusCode: number }];
  return response.statusCode;
}
