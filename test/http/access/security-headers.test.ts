import assert from "node:assert/strict";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import { WebSocket } from "ws";
import type { CrossOriginOptions } from "../../../src/http/access/security-headers.ts";
import { PreparedResponse } from "../../../src/http/limits/fast-reject.ts";
import { Limits } from "../../../src/http/limits/limits.ts";
import { Refusals } from "../../../src/http/limits/refusals.ts";
import { WebServer } from "../../../src/http/server/web-server.ts";
import { SCRIPT_POLICY } from "../../../src/http/shared/headers.ts";
import { pageFiles } from "../../../src/http/shared/page-files.ts";
import { createTestApp } from "../../support/app.ts";
import { handCamera } from "../../support/cameras/hand-camera.ts";
import { pushCamera, servePush } from "../../support/cameras/push-camera.ts";
import { until } from "../../support/deferred.ts";
import { tinyJpeg } from "../../support/images/jpegs.ts";
import { listen, serve } from "../../support/serve.ts";
import { ask, headOf, send } from "../../support/sockets/raw-http.ts";
import { liveClient, serveLive } from "../../support/viewers/live-client.ts";

const DASH = "https://dash.example";
const EVIL = "https://evil.example";
const HTML = "text/html,application/xhtml+xml";

async function headersOf(t: TestContext, crossOrigin: CrossOriginOptions, headers: Record<string, string>, path = "/") {
  const url = await serve(t, { cameras: [handCamera(t).camera], crossOrigin });
  return (await fetch(url + path, { headers })).headers;
}

test("our pages, errors too, load only our files and run no inline script", async (t) => {
  const url = await serve(t, { cameras: [handCamera(t).camera] });
  for (const path of ["/", "/cameras/test/embed", "/cameras/test/bare", "/doctor", "/nowhere", "/video_feed"]) {
    const response = await fetch(url + path, { headers: { Accept: HTML } });
    const policy = response.headers.get("content-security-policy") ?? "";
    assert.match(policy, /default-src 'self';.*object-src 'none'; base-uri 'none'; form-action 'self'$/, path);
    assert.doesNotMatch(policy, /unsafe|script-src|frame-ancestors/, path);
    assert.equal(response.headers.get("referrer-policy"), "no-referrer", path);
    const html = await response.text();
    for (const [, attributes = "", script = ""] of html.matchAll(/<script([^>]*)>(.*?)<\/script>/gs)) {
      assert.match(attributes, / src=/, path);
      assert.equal(script, "", path);
    }
    assert.doesNotMatch(html, /<style|<[^>]* (on[a-z]+|style)=/, path);
  }
});

test("every response that is not our page is a document without origin or scripts, with a type", async (t) => {
  const { url, post } = await servePush(t, [pushCamera(t)], { others: [handCamera(t).camera] });
  await post(tinyJpeg());
  const paths = [
    ...["/video_feed", "/cameras/test/video_feed?framing=advance", "/?action=stream", "/snapshot.jpg?max-age=99999"],
    ...[
      "/api/cameras",
      "/healthz",
      "/state",
      "/metrics",
      "/manifest.webmanifest",
      "/api/access",
      "/live",
      "/doctor/burst",
    ],
    ...["/cameras/phone/publish.svg", "/api/cameras/phone/messages/stream", "/nowhere", "/snapshot.jpg?width=x"],
    ...["/public/picture.css", "/public/img/icon.svg", "/public/nothing.js", "/cameras/%ff", "/cameras/phone/"],
  ];
  for (const path of paths) {
    const leave = new AbortController();
    const { headers } = await fetch(url + path, { signal: leave.signal, redirect: "manual" });
    leave.abort();
    assert.equal(headers.get("content-security-policy"), "sandbox; default-src 'none'", path);
    assert.equal(headers.get("x-content-type-options"), "nosniff", path);
  }
  const script = await fetch(`${url}/public/${pageFiles()["engine-worker.js"]}`);
  assert.equal(script.headers.get("content-security-policy"), SCRIPT_POLICY);
});

test("so are responses without a route", async (t) => {
  const { url } = await servePush(t, [pushCamera(t)]);
  assert.match(new PreparedResponse(400, "No.").bytes, /\r\nContent-Security-Policy: sandbox; default-src 'none'\r\n/);
  const asked = ["GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"];
  for (const bytes of [...asked, "POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n"]) {
    const { headers } = await headOf(send(t, url, bytes));
    assert.equal(headers["content-security-policy"], "sandbox; default-src 'none'", bytes);
    assert.equal(headers["x-content-type-options"], "nosniff", bytes);
  }
});

test("every response has nosniff and CORP headers", async (t) => {
  const url = await serve(t, { cameras: [handCamera(t).camera] });
  for (const path of ["/", "/api/cameras", "/public/picture.css", "/healthz", "/nowhere", "/snapshot.jpg?width=x"]) {
    const { headers } = await fetch(url + path);
    assert.equal(headers.get("x-content-type-options"), "nosniff", path);
    assert.equal(headers.get("cross-origin-resource-policy"), "cross-origin", path);
    assert.equal(headers.get("access-control-allow-origin"), "*", path);
  }
});

test("with named origins, other pages may neither read nor show our responses", async (t) => {
  const rules = { origins: [DASH] };
  const cases: [allowed: boolean, headers: Record<string, string>][] = [
    [true, { Origin: DASH }],
    [true, { Referer: `${DASH}/lovelace/0` }],
    [false, { Origin: EVIL }],
    [false, { Referer: `${EVIL}/?${DASH}` }],
    [false, { Origin: "null", Referer: `${DASH}/` }],
    [false, { Origin: `${DASH}:8443` }],
    [false, { Referer: "nonsense" }],
    [false, {}],
  ];
  for (const [allowed, asking] of cases) {
    const headers = await headersOf(t, rules, asking, "/api/cameras");
    const what = JSON.stringify(asking);
    assert.equal(headers.get("access-control-allow-origin"), allowed ? DASH : null, what);
    assert.equal(headers.get("cross-origin-resource-policy"), allowed ? "cross-origin" : "same-origin", what);
    assert.match(headers.get("vary") ?? "", /Origin/, what);
  }
});

test("with named frame origins, only those and our own pages may frame ours", async (t) => {
  const policy = async (frames: readonly string[]) =>
    (await headersOf(t, { frames }, { Accept: HTML })).get("content-security-policy") ?? "";
  assert.match(await policy([DASH, "http://a:1"]), /; frame-ancestors 'self' https:\/\/dash\.example http:\/\/a:1$/);
  assert.match(await policy([]), /; frame-ancestors 'self'$/);
});

test("by default only local pages and allowed origins may frame our pages", async (t) => {
  const policy = async (headers: Record<string, string>, rules: CrossOriginOptions = {}) =>
    (await headersOf(t, rules, { Accept: HTML, ...headers })).get("content-security-policy") ?? "";
  for (const Referer of [`${EVIL}/`, "http://203.0.113.7/", "nonsense"]) {
    assert.match(await policy({ Referer }), /; frame-ancestors 'self'$/, Referer);
    assert.match(await policy({ Referer }, { frames: ["local", DASH] }), /; frame-ancestors 'self' https:\/\/dash/);
    assert.doesNotMatch(await policy({ Referer }, { frames: ["any"] }), /frame-ancestors/);
    assert.doesNotMatch(await policy({ Referer }, { origins: ["any"] }), /frame-ancestors/);
  }
  for (const headers of [{}, { Referer: "http://octopi.local/" }, { Referer: "http://192.168.0.7:8123/" }]) {
    assert.doesNotMatch(await policy(headers), /frame-ancestors/);
    assert.doesNotMatch(await policy(headers, { origins: [DASH] }), /frame-ancestors/);
  }
  assert.doesNotMatch(await policy({ Referer: `${DASH}/` }, { origins: [DASH] }), /frame-ancestors/);
});

test("with named origins, another page opens no /live; our pages and programs do", async (t) => {
  const { url } = await serveLive(t, [handCamera(t).camera], { crossOrigin: { origins: [DASH] } });
  for (const origin of [undefined, DASH, new URL(url).origin]) {
    await liveClient(t, url, origin === undefined ? {} : { origin });
  }
  const socket = new WebSocket(`${url.replace("http", "ws")}/live`, { origin: EVIL });
  socket.on("error", () => {});
  const [, response] = (await once(socket, "unexpected-response")) as [unknown, { statusCode: number }];
  assert.equal(response.statusCode, 403);
});

/** Origins on the same network: dashboards by address, mDNS, router names, and apps. */
const LOCAL_PAGES = [
  "http://127.0.0.1:3000",
  "http://[::1]:3000",
  "http://0.0.0.0:3000",
  "http://192.168.0.7:8123",
  "http://10.0.0.7",
  "https://172.16.4.4",
  "http://100.101.102.103:8123",
  "http://169.254.7.7",
  "http://[fd00::7]:8123",
  "http://[fe80::7]",
  "http://homeassistant.local:8123",
  "https://homeassistant.local:8123",
  "http://octopi.local",
  "http://mainsailos.local",
  "http://octopi",
  "http://pi.fritz.box",
  "http://ha.lan",
  "http://ha.home.arpa",
  "capacitor://localhost",
];

/** Origins that may be a stranger's. */
const STRANGERS_PAGES = [
  "null",
  EVIL,
  "http://evil.example",
  "http://203.0.113.7",
  "http://[2001:db8::7]",
  "http://192.168.0.7.evil.example",
  "http://local.evil.example",
  "http://evil.tail1234.ts.net",
  "https://o2.box",
  "chrome-extension://abcdefghijklmnop",
  "nonsense",
];

test("by default only pages of local networks may read and show our responses", async (t) => {
  const url = await serve(t, { cameras: [handCamera(t).camera] });
  const asked = async (headers: Record<string, string>, path = "/api/cameras") => {
    const answer = await fetch(url + path, { headers });
    await answer.body?.cancel();
    const { headers: told } = answer;
    const names = [...told.keys()].filter((name) => name.startsWith("access-control"));
    if (!told.has("access-control-allow-origin")) assert.deepEqual(names, [], path);
    return ["access-control-allow-origin", "cross-origin-resource-policy"].map((name) => told.get(name));
  };
  const paths = [
    "/api/cameras",
    "/snapshot.jpg?width=x",
    "/video_feed",
    "/public/picture.css",
    "/healthz",
    "/nowhere",
    "/",
  ];
  for (const origin of LOCAL_PAGES) {
    assert.deepEqual(await asked({ Origin: origin }), [origin, "cross-origin"], origin);
  }
  for (const origin of STRANGERS_PAGES) {
    for (const path of paths) {
      // The sandboxed bare page has no origin, and needs these.
      const isShown = origin === "null" && /^\/(public|healthz)/.test(path);
      assert.deepEqual(await asked({ Origin: origin }, path), [null, isShown ? "cross-origin" : "same-origin"], origin);
    }
  }
  // An <img> sends no Origin.
  assert.deepEqual(await asked({ Referer: "http://octopi.local/" }), ["http://octopi.local", "cross-origin"]);
  assert.deepEqual(await asked({ Referer: `${EVIL}/` }), [null, "same-origin"]);
  // Only the browser says that the page is of another site.
  assert.deepEqual(await asked({ "Sec-Fetch-Site": "cross-site" }), [null, "same-site"]);
  assert.deepEqual(await asked({ "Sec-Fetch-Site": "cross-site" }, "/public/picture.css"), ["*", "cross-origin"]);
  // A local address, another port.
  assert.deepEqual(await asked({ "Sec-Fetch-Site": "same-site" }), ["*", "cross-origin"]);
  // A program, or a page such as Home Assistant's, which may show a frame and read none.
  assert.deepEqual(await asked({}), ["*", "cross-origin"]);
});

test("pages of a tailnet may read responses of a server in it", async (t) => {
  const url = await serve(t, { cameras: [handCamera(t).camera] });
  const cases = [
    ["cam.tail1234.ts.net", true],
    ["cam.tail9.ts.net", false],
    ["127.0.0.1", false],
  ] as const;
  for (const [host, isAllowed] of cases) {
    const origin = "https://ha.tail1234.ts.net";
    const lines = await until(
      "the head is there",
      ask(t, `${url}/healthz`, { headers: { Host: host, Origin: origin } }).head,
    );
    assert.equal(lines.includes(`Access-Control-Allow-Origin: ${origin}`), isAllowed, host);
  }
});

test("any, local and origins may be combined", async (t) => {
  const cases: readonly (readonly [origins: readonly string[], allowed: readonly string[]])[] = [
    [["any"], ["*", "*", "*", "*"]],
    [
      ["local", DASH],
      ["http://octopi.local", "", DASH, ""],
    ],
    [[DASH], ["", "", DASH, ""]],
    [[], ["", "", "", ""]],
  ];
  for (const [origins, allowed] of cases) {
    for (const [index, Origin] of ["http://octopi.local", EVIL, DASH, "null"].entries()) {
      const headers = await headersOf(t, { origins }, { Origin }, "/api/cameras");
      assert.equal(headers.get("access-control-allow-origin") ?? "", allowed[index], `${origins} ${Origin}`);
    }
  }
});

test("by default only a page of a local network opens /live", async (t) => {
  const { url } = await serveLive(t, [handCamera(t).camera]);
  for (const origin of [undefined, ...LOCAL_PAGES]) await liveClient(t, url, origin === undefined ? {} : { origin });
  for (const origin of STRANGERS_PAGES) {
    const socket = new WebSocket(`${url.replace("http", "ws")}/live`, { origin });
    socket.on("error", () => {});
    const [, response] = (await once(socket, "unexpected-response")) as [unknown, { statusCode: number }];
    assert.equal(response.statusCode, 403, origin);
  }
});

test("OPTIONS lists headers for reading requests, and allows nothing for changes", async (t) => {
  const url = await serve(t, { cameras: [handCamera(t).camera] });
  const preflight = async (method: string | undefined, origin = "http://octopi.local") => {
    const wanted = method === undefined ? {} : { "Access-Control-Request-Method": method };
    const headers = { Origin: origin, "Access-Control-Request-Headers": "x-forwarded-host", ...wanted };
    return (await fetch(`${url}/api/cameras/test/messages`, { method: "OPTIONS", headers })).headers;
  };
  for (const method of ["GET", "HEAD", undefined]) {
    const headers = await preflight(method);
    assert.equal(headers.get("access-control-allow-origin"), "http://octopi.local");
    assert.equal(headers.get("access-control-allow-methods"), "GET, HEAD, OPTIONS");
    const allowed = headers.get("access-control-allow-headers") ?? "";
    assert.match(allowed, /^Authorization, /);
    assert.doesNotMatch(allowed, /\*|content-type|forwarded|origin/i);
  }
  for (const method of ["POST", "PUT", "PATCH", "DELETE", "post", "FROB"]) {
    const headers = await preflight(method);
    for (const name of ["origin", "methods", "headers"]) {
      assert.equal(headers.get(`access-control-allow-${name}`), null, `${method} ${name}`);
    }
  }
  for (const method of ["GET", "POST"]) {
    const names = [...(await preflight(method, EVIL)).keys()];
    assert.deepEqual(
      names.filter((name) => name.startsWith("access-control")),
      [],
    );
  }
});

test("another origin's page can read a 429 if it may read responses", async (t) => {
  const refusals = new Refusals(() => {});
  const limits = new Limits({ maxConnections: 100, maxRequests: 1, refusals });
  const web = new WebServer({ app: createTestApp({ cameras: [handCamera(t).camera] }), limits });
  t.after(() => web.cut());
  const url = await listen(t, web.server);
  for (const [Origin, allowed] of [
    ["http://octopi.local", "http://octopi.local"],
    [EVIL, null],
  ] as const) {
    const refused = await until("it is refused", async () => {
      const answer = await fetch(`${url}/api/cameras`, { headers: { Origin } });
      await answer.body?.cancel();
      return answer.status === 429 ? answer.headers : undefined;
    });
    assert.equal(refused.get("access-control-allow-origin"), allowed, Origin);
    assert.equal(refused.get("cross-origin-resource-policy"), allowed === null ? "same-origin" : "cross-origin");
  }
});
