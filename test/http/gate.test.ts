import assert from "node:assert/strict";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import { WebSocket } from "ws";
import { readTrust, type Trust, trustedProxies } from "../../src/core/trust.ts";
import { createApp } from "../../src/http/app.ts";
import { Gate, type GateRules, judge } from "../../src/http/gate.ts";
import { createWebSockets } from "../../src/http/upgrade.ts";
import { WebServer } from "../../src/http/web-server.ts";
import { listen } from "../support/serve.ts";
import { ask, handCamera, headOf } from "./raw.ts";

const trust = (text: string) => readTrust(text) as Trust;
const STRANGER = "203.0.113.7";

interface Case {
  readonly rules?: GateRules;
  readonly peer: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Undefined: let in. */
  readonly refused?: RegExp;
  /** @default the peer */
  readonly address?: string;
}

const LOCAL_ONLY = /^Only local networks are let in, and .* is on none: .*--public\.$/;
const HIDDEN = /^This request came through a proxy at .* that is not trusted .*--trust-proxy loopback .*--public\.$/;
const FOREIGN_NAME = /^".*" is not known as a name of this server.*--allow-host\.$/;

const loopback = { trust: trust("loopback") };
const chain = { trust: trust("loopback, 10.0.0.0/8") };

const CASES: readonly Case[] = [
  { peer: "127.0.0.1" },
  { peer: "::1" },
  { peer: "192.168.0.9" },
  { peer: "::ffff:192.168.0.9", address: "192.168.0.9" },
  { peer: "fe80::1%eth0" },
  { peer: STRANGER, refused: LOCAL_ONLY },
  { peer: "::ffff:203.0.113.7", refused: LOCAL_ONLY, address: STRANGER },
  { peer: "2001:db8::1", refused: LOCAL_ONLY },
  { peer: "", refused: LOCAL_ONLY },
  { peer: STRANGER, rules: { isPublic: true } },
  // A proxy that nobody trusts hides who asks, whatever it says.
  { peer: "127.0.0.1", headers: { "x-forwarded-for": "192.168.0.9" }, refused: HIDDEN },
  { peer: "127.0.0.1", headers: { "x-forwarded-for": "" }, refused: HIDDEN },
  { peer: "127.0.0.1", headers: { forwarded: "for=192.168.0.9" }, refused: HIDDEN },
  { peer: "127.0.0.1", headers: { "x-real-ip": "192.168.0.9" }, refused: HIDDEN },
  { peer: "10.0.0.1", rules: loopback, headers: { "x-forwarded-for": "192.168.0.9" }, refused: HIDDEN },
  { peer: "127.0.0.1", rules: { isPublic: true }, headers: { "x-forwarded-for": "192.168.0.9" } },
  // One that is trusted says who asks.
  { peer: "127.0.0.1", rules: loopback },
  { peer: "127.0.0.1", rules: loopback, headers: { "x-forwarded-for": "192.168.0.9" }, address: "192.168.0.9" },
  { peer: "::ffff:127.0.0.1", rules: loopback, headers: { "x-forwarded-for": "fd00::9" }, address: "fd00::9" },
  { peer: "127.0.0.1", rules: loopback, headers: { "x-forwarded-for": "192.168.0.9:4711" }, address: "192.168.0.9" },
  { peer: "127.0.0.1", rules: loopback, headers: { "x-forwarded-for": "[fd00::9]:4711" }, address: "fd00::9" },
  {
    peer: "127.0.0.1",
    rules: loopback,
    headers: { "x-forwarded-for": STRANGER },
    refused: LOCAL_ONLY,
    address: STRANGER,
  },
  // What a stranger wrote there itself stands before the proxy's own word.
  {
    peer: "127.0.0.1",
    rules: loopback,
    headers: { "x-forwarded-for": `127.0.0.1, ${STRANGER}` },
    refused: LOCAL_ONLY,
    address: STRANGER,
  },
  {
    peer: "127.0.0.1",
    rules: chain,
    headers: { "x-forwarded-for": `192.168.0.9, ${STRANGER}, 10.1.2.3` },
    refused: LOCAL_ONLY,
    address: STRANGER,
  },
  { peer: "127.0.0.1", rules: chain, headers: { "x-forwarded-for": "192.168.0.9, 10.1.2.3" }, address: "192.168.0.9" },
  {
    peer: "127.0.0.1",
    rules: { trust: trust("1") },
    headers: { "x-forwarded-for": `192.168.0.9, ${STRANGER}` },
    refused: LOCAL_ONLY,
    address: STRANGER,
  },
  {
    peer: STRANGER,
    rules: { trust: trust("2") },
    headers: { "x-forwarded-for": "8.8.8.8, 192.168.0.9, 9.9.9.9" },
    address: "192.168.0.9",
  },
  ...["", "unknown", "localhost", "_hidden", "192.168.0.9, nonsense"].map((text) => ({
    peer: "127.0.0.1",
    rules: loopback,
    headers: { "x-forwarded-for": text },
    refused: LOCAL_ONLY,
    address: "unknown",
  })),
  { peer: "127.0.0.1", rules: loopback, headers: { forwarded: "for=192.168.0.9" }, address: "192.168.0.9" },
  {
    peer: "127.0.0.1",
    rules: loopback,
    headers: { forwarded: 'proto=https;For="[fd00::9]:4711";by=10.0.0.1' },
    address: "fd00::9",
  },
  ...[`for=192.168.0.9, for=${STRANGER}`, `for="${STRANGER}:80"`].map((forwarded) => ({
    peer: "127.0.0.1",
    rules: loopback,
    headers: { forwarded },
    refused: LOCAL_ONLY,
    address: STRANGER,
  })),
  ...["for=_secret", "by=10.0.0.1", "", "for=unknown", "for=192.168.0.9, proto=https"].map((forwarded) => ({
    peer: "127.0.0.1",
    rules: loopback,
    headers: { forwarded },
    refused: LOCAL_ONLY,
    address: "unknown",
  })),
  // A proxy that writes one header passes on what the client wrote into the other.
  {
    peer: "127.0.0.1",
    rules: loopback,
    headers: { "x-forwarded-for": "127.0.0.1", forwarded: `for=${STRANGER}` },
    refused: LOCAL_ONLY,
    address: "127.0.0.1",
  },
  { peer: "127.0.0.1", rules: loopback, headers: { "x-real-ip": STRANGER }, refused: LOCAL_ONLY, address: STRANGER },
  // Names, of which a stranger's may lead here too.
  ...["127.0.0.1:8080", "[::1]:8080", "[fd00::1]", "192.168.0.5", "localhost:1", "LOCALHOST.", "pi", "pi:8080"].map(
    own,
  ),
  ...["pi.local", "Pi.Local.:80", "cam.lan", "cam.home", "a.home.arpa", "a.internal", "a.localhost", ""].map(own),
  ...["cam.example", "CAM.example.:8443"].map((host) => ({ ...own(host), rules: { hostNames: ["cam.example"] } })),
  ...[
    "evil.example",
    "evil.example:8080",
    "local.evil.example",
    "notlocal.example",
    "x.mylocal",
    "cam.example.org",
  ].map((host) => ({ ...own(host), rules: { hostNames: ["cam.example"] }, refused: FOREIGN_NAME })),
  ...["a@localhost", "127.0.0.1.evil.example", "[evil.example]", "[127.0.0.1]", "::1", "127.0.0.1:8080:1", "a b"].map(
    (host) => ({ ...own(host), refused: FOREIGN_NAME }),
  ),
  // Everybody may ask, and yet no stranger's page in the name of a browser that is nearer.
  { ...own("evil.example"), rules: { isPublic: true }, refused: FOREIGN_NAME },
];

function own(host: string): Case {
  return { peer: "127.0.0.1", headers: { host } };
}

test("who is let in is decided by the peer, what proxies say of it, and the name it asks for", () => {
  for (const { rules = {}, peer, headers = {}, refused, address } of CASES) {
    const what = JSON.stringify({ peer, headers, rules });
    const { visitor, refusal } = judge({ peer, headers }, rules);
    if (refused === undefined) assert.equal(refusal, undefined, what);
    else assert.match(refusal ?? "it was let in", refused, what);
    assert.equal(visitor.address, address ?? peer, what);
  }
});

test("trusted proxies are as many as are said, or in the ranges that are named; anything else is refused", () => {
  const cases: readonly (readonly [text: string, believed: boolean[]])[] = [
    ["0", [false, false]],
    ["false", [false, false]],
    ["1", [true, true]],
    ["loopback", [true, false]],
    ["loopback,linklocal, uniquelocal", [true, true]],
    ["192.168.0.0/24", [false, true]],
    ["192.168.0.7,::1/128", [false, true]],
  ];
  for (const [text, believed] of cases) {
    assert.deepEqual(
      ["127.0.0.1", "192.168.0.7"].map((address) => trust(text)(address, 0)),
      believed,
      text,
    );
  }
  assert.equal(trust("1")("127.0.0.1", 1), false);
  for (const text of ["", "true", "-1", "100", "camera.local", "10.0.0.0/33", "10.0.0.1,", "loopback;linklocal"]) {
    assert.equal(trustedProxies().safeParse(text).success, false, text);
  }
});

/** Everything the port serves. */
async function serveAll(t: TestContext, rules: GateRules): Promise<string> {
  const { camera } = handCamera(t);
  const gate = new Gate(rules);
  const shared = { cameras: [camera] as const, gate, inlets: new Map() };
  const web = new WebServer({ app: createApp(shared), webSockets: createWebSockets(shared) });
  t.after(() => web.cut());
  return await listen(t, web.server);
}

const PATHS = [
  ["GET", "/"],
  ["GET", "/video_feed"],
  ["GET", "/snapshot.jpg"],
  ["GET", "/api/cameras"],
  ["GET", "/public/app.css"],
  ["GET", "/manifest.webmanifest"],
  ["GET", "/healthz"],
  ["GET", "/doctor"],
  ["GET", "/embed"],
  ["GET", "/nowhere"],
  ["OPTIONS", "/video_feed"],
  ["POST", "/api/cameras/test/messages"],
  ["PATCH", "/api/cameras/test/controls"],
] as const;

test("a stranger behind a trusted proxy is refused everything the port serves, WebSockets too, in one sentence", async (t) => {
  const url = await serveAll(t, loopback);
  const headers = { "X-Forwarded-For": STRANGER };
  for (const [method, path] of PATHS) {
    const response = await fetch(url + path, { method, headers });
    assert.equal(response.status, 403, path);
    assert.match(((await response.json()) as { error: string }).error, LOCAL_ONLY, path);
  }
  for (const path of ["/live", "/cameras/test/frames"]) {
    assert.equal(await upgradeStatus(t, url + path, headers), 403, path);
  }
  assert.equal(await upgradeStatus(t, `${url}/cameras/test/frames`, { "X-Forwarded-For": "10.0.0.9" }), 404);
});

test("a browser that a stranger's name led here is refused, as a page it can read", async (t) => {
  const url = await serveAll(t, {});
  const answer = ask(t, url, { headers: { Host: "evil.example", Accept: "text/html" } });
  const head = await headOf(answer);
  assert.equal(head.status, 403);
  assert.equal(await upgradeStatus(t, `${url}/live`, { Host: "evil.example" }), 403);
});

test("HTTP/1.0 without a name is answered", async (t) => {
  const url = await serveAll(t, {});
  assert.equal((await headOf(ask(t, `${url}/healthz`, { version: "1.0", headers: { Host: "" } }))).status, 200);
});

async function upgradeStatus(t: TestContext, url: string, headers: Record<string, string>): Promise<number> {
  const socket = new WebSocket(url.replace("http", "ws"), { headers });
  t.after(() => socket.terminate());
  socket.on("error", () => {});
  const [, response] = (await once(socket, "unexpected-response")) as [unknown, { statusCode: number }];
  return response.statusCode;
}
