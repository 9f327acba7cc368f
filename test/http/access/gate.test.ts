import assert from "node:assert/strict";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import { WebSocket } from "ws";
import { checkClient, Gate, type GateOptions } from "../../../src/http/access/gate.ts";
import { WebServer } from "../../../src/http/server/web-server.ts";
import { webSocketRoutes } from "../../../src/http/websocket-routes.ts";
import { parseTrustedProxies, type TrustedProxies, trustedProxies } from "../../../src/net/trusted-proxies.ts";
import { createTestApp } from "../../support/app.ts";
import { handCamera } from "../../support/cameras/hand-camera.ts";
import { listen } from "../../support/serve.ts";
import { ask, headOf, send } from "../../support/sockets/raw-http.ts";

const trust = (text: string) => parseTrustedProxies(text) as TrustedProxies;
const STRANGER = "203.0.113.7";

interface Case {
  readonly rules?: GateOptions;
  readonly peer: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly version?: string | undefined;
  readonly isSecure?: boolean;
  readonly localAddress?: string;
  /** Undefined if the client is admitted. */
  readonly refused?: RegExp;
  /** @default the peer */
  readonly address?: string;
}

const LOCAL_ONLY = /^Request refused: .* is not on a local network\. .*--public\.$/;
const HIDDEN = /^Request refused: the proxy at .* is not trusted\. .*--trust-proxy loopback .*--public\.$/;
const SILENT = /^Request refused: the proxy at .* does not send the client's address\. .*X-Forwarded-For.*--public\.$/;
const FOREIGN_ADDRESS = /^Request refused: ".*" is not an address of this machine.*--allow-host.*--public\.$/;
const FOREIGN_NAME = /^Request refused: ".*" is not a known name of this server\. .*--allow-host\.$/;

const loopback = { trust: trust("loopback") };
const chain = { trust: trust("loopback, 10.0.0.0/8") };

/** Headers of a browser through a proxy that adds none. */
const BROWSERS_BEHIND: readonly Readonly<Record<string, string>>[] = [
  // A proxy that ends TLS and calls us by our address: our own page.
  { host: "127.0.0.1:8080", origin: "https://cam.example", "sec-fetch-site": "same-origin" },
  { host: "127.0.0.1:8080", referer: "https://cam.example/", "sec-fetch-site": "same-origin" },
  { host: "localhost:8080", origin: "http://localhost:9000", "sec-fetch-site": "same-origin" },
  // A proxy that keeps the host.
  { host: "cam.lan", origin: "https://cam.lan" },
  { host: "cam.lan:8443", referer: "https://cam.lan:8443/cameras/door" },
  { host: "localhost", origin: "https://localhost", "sec-fetch-site": "same-origin" },
  // Browsers send this only to https and to this machine.
  { host: "192.168.0.5:8080", "sec-fetch-site": "none" },
  { host: "cam.lan", "sec-fetch-site": "cross-site" },
  { host: "pi", "sec-fetch-site": "same-origin" },
  // nginx's default HTTP/1.0, which no browser speaks.
  { host: "127.0.0.1:8080", "upgrade-insecure-requests": "1", version: "1.0" },
  { host: "127.0.0.1:8080", "sec-fetch-site": "none", version: "1.0" },
  // Browsers always send Host.
  { "upgrade-insecure-requests": "1" },
  { origin: "http://evil.example" },
  { referer: "http://evil.example/" },
];

/** Headers of browsers and programs without a proxy. */
const BROWSERS: readonly Readonly<Record<string, string>>[] = [
  { host: "localhost:8080", "sec-fetch-site": "none", "upgrade-insecure-requests": "1" },
  { host: "127.0.0.1:8080", origin: "http://127.0.0.1:8080", "sec-fetch-site": "same-origin" },
  { host: "[::1]:8080", origin: "null", "sec-fetch-site": "same-origin" },
  { host: "a.localhost", referer: "https://dash.example/", "sec-fetch-site": "cross-site" },
  { host: "127.0.0.1:8080", origin: "https://127.0.0.1:8443", "sec-fetch-site": "cross-site" },
  { host: "192.168.0.5:8080", "upgrade-insecure-requests": "1" },
  { host: "192.168.0.5:8080", origin: "http://homeassistant.local:8123" },
  { host: "192.168.0.5:8080", referer: "http://192.168.0.5/" },
  { host: "cam.lan", referer: "https://ha.lan/" },
  { host: "cam.lan", origin: "https://cam.lan", "sec-fetch-site": "same-origin", isSecure: "yes" },
  { host: "192.168.0.5:8080", "sec-fetch-site": "none", isSecure: "yes" },
  // Node's fetch sends its mode, and no site.
  { host: "192.168.0.5:8080", "sec-fetch-mode": "cors" },
];

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
  // An untrusted proxy hides the client, whatever it says.
  { peer: "127.0.0.1", headers: { "x-forwarded-for": "192.168.0.9" }, refused: HIDDEN },
  { peer: "127.0.0.1", headers: { "x-forwarded-for": "" }, refused: HIDDEN },
  { peer: "127.0.0.1", headers: { forwarded: "for=192.168.0.9" }, refused: HIDDEN },
  { peer: "127.0.0.1", headers: { "x-real-ip": "192.168.0.9" }, refused: HIDDEN },
  { peer: "10.0.0.1", rules: loopback, headers: { "x-forwarded-for": "192.168.0.9" }, refused: HIDDEN },
  { peer: "127.0.0.1", rules: { isPublic: true }, headers: { "x-forwarded-for": "192.168.0.9" } },
  // A trusted proxy reports the client.
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
  // What a stranger wrote there precedes the proxy's own entry.
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
  // A count of proxies covers only private networks: no client from elsewhere is a proxy.
  ...["1", "2"].map((count) => ({
    peer: STRANGER,
    rules: { trust: trust(count) },
    headers: { "x-forwarded-for": "8.8.8.8, 192.168.0.9, 192.168.0.8" },
    refused: HIDDEN,
  })),
  {
    peer: "127.0.0.1",
    rules: { trust: trust("2") },
    headers: { "x-forwarded-for": "8.8.8.8, 192.168.0.9, 10.0.0.8" },
    address: "192.168.0.9",
  },
  {
    peer: "127.0.0.1",
    rules: { trust: trust("2") },
    headers: { "x-forwarded-for": `192.168.0.9, ${STRANGER}` },
    refused: LOCAL_ONLY,
    address: STRANGER,
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
  // A proxy that writes one header passes on the client's other one.
  {
    peer: "127.0.0.1",
    rules: loopback,
    headers: { "x-forwarded-for": "127.0.0.1", forwarded: `for=${STRANGER}` },
    refused: LOCAL_ONLY,
    address: "unknown",
  },
  // X-Real-IP too, unless its address is in the chain of the others.
  {
    peer: "127.0.0.1",
    rules: loopback,
    headers: { "x-forwarded-for": "192.168.0.9", "x-real-ip": STRANGER },
    refused: LOCAL_ONLY,
    address: "unknown",
  },
  {
    peer: "127.0.0.1",
    rules: loopback,
    headers: { "x-forwarded-for": `${STRANGER}, 127.0.0.1`, "x-real-ip": "127.0.0.1" },
    refused: LOCAL_ONLY,
    address: STRANGER,
  },
  { peer: "127.0.0.1", rules: loopback, headers: { "x-real-ip": STRANGER }, refused: LOCAL_ONLY, address: STRANGER },
  // Names; a stranger's may lead here, too.
  ...["127.0.0.1:8080", "[::1]:8080", "[fd00::1]", "192.168.0.5", "localhost:1", "LOCALHOST.", "pi", "pi:8080"].map(
    own,
  ),
  ...["pi.local", "Pi.Local.:80", "cam.lan", "cam.home", "a.home.arpa", "a.internal", "a.localhost", ""].map(own),
  ...["pi.fritz.box:8080", "fritz.box", "pi.speedport.ip", "pi.localdomain", "PC.mshome.net", "pi.attlocal.net"].map(
    own,
  ),
  ...["pi.gateway.2wire.net", "pi.corp", "pi.intranet", "pi.private", "cam.tail1234.ts.net", "cam.my-net.ts.net"].map(
    own,
  ),
  ...["o2.box", "pi.o2.box", "evilfritz.box", "a.b.tail1234.ts.net", "ts.net", "x.ts.net", "pi.nip.io"].map((host) => ({
    ...own(host),
    refused: FOREIGN_NAME,
  })),
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
  // A public address: this machine's if the client connected to it, else a forwarder's.
  ...["203.0.113.9", "203.0.113.9:8080", "[2001:db8::9]:80", "[::ffff:cb00:7109]"].map((host) => ({
    ...own(host),
    refused: FOREIGN_ADDRESS,
  })),
  { ...own("203.0.113.9:8080"), localAddress: "203.0.113.9" },
  { ...own("203.0.113.9:8080"), localAddress: "::ffff:203.0.113.9" },
  { ...own("[2001:DB8:0::9]"), localAddress: "2001:db8::9" },
  { ...own("203.0.113.9"), localAddress: "203.0.113.8", refused: FOREIGN_ADDRESS },
  ...["203.0.113.9", "[2001:db8::9]:80"].map((host) => ({
    ...own(host),
    rules: { hostNames: ["203.0.113.9", "2001:db8::9"] },
  })),
  { ...own("203.0.113.9"), rules: { isPublic: true } },
  ...["0.0.0.0:8080", "[::]:8080", "100.101.102.103", "169.254.1.1", "[fe80::1]"].map(own),
  // A forwarded host must be ours, too.
  behind({ "x-forwarded-host": "pi.local" }),
  behind({ "x-forwarded-host": "cam.example" }, { rules: { ...loopback, hostNames: ["cam.example"] } }),
  ...[
    { "x-forwarded-host": "evil.example" },
    { "x-forwarded-host": "pi.local, evil.example" },
    { forwarded: "for=192.168.0.9;host=evil.example" },
    { forwarded: 'for=192.168.0.9;HOST="evil.example:8080"' },
  ].map((headers) => behind(headers, { refused: FOREIGN_NAME })),
  // Proxies that send something, but not the client.
  ...[
    { "x-forwarded-host": "pi.local" },
    { "x-forwarded-proto": "https" },
    { "x-forwarded-prefix": "/cam" },
    { via: "1.1 squid" },
    { "cf-connecting-ip": "192.168.0.9" },
    { "true-client-ip": "192.168.0.9" },
    { "x-client-ip": "192.168.0.9" },
  ].flatMap((headers) => [
    { peer: "127.0.0.1", headers: { host: "pi.local", ...headers }, refused: HIDDEN },
    { peer: "127.0.0.1", rules: loopback, headers: { host: "pi.local", ...headers }, refused: SILENT },
    { peer: "127.0.0.1", rules: { isPublic: true }, headers: { host: "pi.local", ...headers } },
  ]),
  // Browser headers that contradict the connection, and others.
  ...BROWSERS_BEHIND.flatMap(({ version, ...headers }) => [
    { peer: "127.0.0.1", headers, version, refused: HIDDEN },
    { peer: "127.0.0.1", rules: loopback, headers, version, refused: SILENT },
    { peer: "127.0.0.1", rules: loopback, headers: { ...headers, "x-forwarded-for": "::1" }, version, address: "::1" },
    { peer: "127.0.0.1", rules: { isPublic: true }, headers, version },
  ]),
  ...BROWSERS.map(({ isSecure, ...headers }) => ({ peer: "127.0.0.1", headers, isSecure: isSecure === "yes" })),
  // A public server still refuses strangers' host names, which a local browser may use.
  { ...own("evil.example"), rules: { isPublic: true }, refused: FOREIGN_NAME },
];

function behind(headers: Readonly<Record<string, string>>, rest: Partial<Case> = {}): Case {
  const all = { host: "127.0.0.1:8080", "x-forwarded-for": "192.168.0.9", ...headers };
  return { peer: "127.0.0.1", rules: loopback, headers: all, address: "192.168.0.9", ...rest };
}

function own(host: string): Case {
  return { peer: "127.0.0.1", headers: { host } };
}

test("peer, proxy headers and host name decide which clients are admitted", () => {
  for (const { rules = {}, peer, headers = {}, version = "1.1", refused, address, ...socket } of CASES) {
    const what = JSON.stringify({ peer, headers, rules, version, ...socket });
    const { client, refusal } = checkClient({ peer, headers, version, ...socket }, rules);
    if (refused === undefined) assert.equal(refusal, undefined, what);
    else assert.match(refusal ?? "it was admitted", refused, what);
    assert.equal(client.address, address ?? peer, what);
  }
});

test("trusted proxies are a number, or ranges; other values are refused", () => {
  const cases: readonly (readonly [text: string, believed: boolean[]])[] = [
    ["0", [false, false]],
    ["false", [false, false]],
    ["1", [true, true, false]],
    ["loopback", [true, false]],
    ["loopback,linklocal, uniquelocal", [true, true]],
    ["192.168.0.0/24", [false, true]],
    ["192.168.0.7,::1/128", [false, true]],
  ];
  for (const [text, believed] of cases) {
    assert.deepEqual(
      ["127.0.0.1", "192.168.0.7", STRANGER].slice(0, believed.length).map((address) => trust(text)(address, 0)),
      believed,
      text,
    );
  }
  assert.equal(trust("1")("127.0.0.1", 1), false);
  for (const text of ["", "true", "-1", "100", "camera.local", "10.0.0.0/33", "10.0.0.1,", "loopback;linklocal"]) {
    assert.equal(trustedProxies().safeParse(text).success, false, text);
  }
});

/** Serves everything the port has. */
async function serveAll(t: TestContext, rules: GateOptions): Promise<string> {
  const { camera } = handCamera(t);
  const gate = new Gate(rules);
  const shared = { cameras: [camera] as const, gate, publisherSlots: new Map() };
  const web = new WebServer({ app: createTestApp(shared), webSockets: webSocketRoutes(shared) });
  t.after(() => web.cut());
  return await listen(t, web.server);
}

const PATHS = [
  ["GET", "/"],
  ["GET", "/video_feed"],
  ["GET", "/snapshot.jpg"],
  ["GET", "/api/cameras"],
  ["GET", "/public/picture.css"],
  ["GET", "/manifest.webmanifest"],
  ["GET", "/healthz"],
  ["GET", "/doctor"],
  ["GET", "/embed"],
  ["GET", "/nowhere"],
  ["OPTIONS", "/video_feed"],
  ["POST", "/api/cameras/test/messages"],
  ["PATCH", "/api/cameras/test/controls"],
] as const;

test("a stranger behind a trusted proxy is refused everything, WebSockets too, in one sentence", async (t) => {
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

test("a browser that came by a stranger's host name is refused with a readable page", async (t) => {
  const url = await serveAll(t, {});
  const answer = ask(t, url, { headers: { Host: "evil.example", Accept: "text/html" } });
  const head = await headOf(answer);
  assert.equal(head.status, 403);
  assert.equal(await upgradeStatus(t, `${url}/live`, { Host: "evil.example" }), 403);
});

test("a program without a Host header is answered, by HTTP/1.0 and 1.1; a browser always sends one", async (t) => {
  const url = await serveAll(t, {});
  const status = async (head: string) => (await headOf(send(t, url, `GET /healthz HTTP/${head}\r\n\r\n`))).status;
  for (const head of ["1.0", "1.1", "1.0\r\nHost:", "1.1\r\nHost:", "1.1\r\nAccept: */*"]) {
    assert.equal(await status(head), 200, head);
  }
  for (const line of [
    "Origin: http://evil.example",
    "Referer: http://a/",
    "Upgrade-Insecure-Requests: 1",
    "Via: 1.1 a",
  ]) {
    assert.equal(await status(`1.1\r\n${line}`), 403, line);
  }
});

async function upgradeStatus(t: TestContext, url: string, headers: Record<string, string>): Promise<number> {
  const socket = new WebSocket(url.replace("http", "ws"), { headers });
  t.after(() => socket.terminate());
  socket.on("error", () => {});
  const [, response] = (await once(socket, "unexpected-response")) as [unknown, { statusCode: number }];
  return response.statusCode;
}
