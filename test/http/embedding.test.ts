import assert from "node:assert/strict";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import { WebSocket } from "ws";
import { type EmbeddingRules, refuseReaders } from "../../src/http/embedding.ts";
import { HttpError } from "../../src/http/errors.ts";
import { SCRIPT_POLICY } from "../../src/http/headers.ts";
import { ReadyAnswer } from "../../src/http/refuse.ts";
import { tinyJpeg } from "../support/jpegs.ts";
import { liveClient, serveLive } from "../support/live.ts";
import { pushCamera, servePush } from "../support/push.ts";
import { serve } from "../support/serve.ts";
import { handCamera, headOf, send } from "./raw.ts";

const DASH = "https://dash.example";
const EVIL = "https://evil.example";
const HTML = "text/html,application/xhtml+xml";

async function headersOf(t: TestContext, embedding: EmbeddingRules, headers: Record<string, string>, path = "/") {
  const url = await serve(t, { cameras: [handCamera(t).camera], embedding });
  return (await fetch(url + path, { headers })).headers;
}

test("our pages, errors among them, load nothing but their own, and run no script that stands in them", async (t) => {
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

test("every answer that is no page of ours is a document without origin or scripts, and says what it is", async (t) => {
  const { url, post } = await servePush(t, [pushCamera(t)], { others: [handCamera(t).camera] });
  await post(tinyJpeg());
  const paths = [
    ...["/video_feed", "/cameras/test/video_feed?framing=advance", "/?action=stream", "/snapshot.jpg?max_age=99999"],
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
    ...["/public/app.css", "/public/icon.svg", "/public/nothing.js", "/cameras/%ff", "/cameras/phone/"],
  ];
  for (const path of paths) {
    const leave = new AbortController();
    const { headers } = await fetch(url + path, { signal: leave.signal, redirect: "manual" });
    leave.abort();
    assert.equal(headers.get("content-security-policy"), "sandbox; default-src 'none'", path);
    assert.equal(headers.get("x-content-type-options"), "nosniff", path);
  }
  const script = await fetch(`${url}/public/live-worker.js`);
  assert.equal(script.headers.get("content-security-policy"), SCRIPT_POLICY);
});

test("so are the answers that no route makes", async (t) => {
  const { url } = await servePush(t, [pushCamera(t)]);
  assert.match(new ReadyAnswer(400, "No.").bytes, /\r\nContent-Security-Policy: sandbox; default-src 'none'\r\n/);
  const asked = ["GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"];
  for (const bytes of [...asked, "POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n"]) {
    const { headers } = await headOf(send(t, url, bytes));
    assert.equal(headers["content-security-policy"], "sandbox; default-src 'none'", bytes);
    assert.equal(headers["x-content-type-options"], "nosniff", bytes);
  }
});

test("every answer says what it is, and who may show it", async (t) => {
  const url = await serve(t, { cameras: [handCamera(t).camera] });
  for (const path of ["/", "/api/cameras", "/public/app.css", "/healthz", "/nowhere", "/snapshot.jpg?width=x"]) {
    const { headers } = await fetch(url + path);
    assert.equal(headers.get("x-content-type-options"), "nosniff", path);
    assert.equal(headers.get("cross-origin-resource-policy"), "cross-origin", path);
    assert.equal(headers.get("access-control-allow-origin"), "*", path);
  }
});

test("with origins named, pages of others may neither read nor show what we send", async (t) => {
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

test("with frames named, browsers show our pages in those and in ours alone", async (t) => {
  const policy = async (frames: readonly string[]) =>
    (await headersOf(t, { frames }, { Accept: HTML })).get("content-security-policy") ?? "";
  assert.match(await policy([DASH, "http://a:1"]), /; frame-ancestors 'self' https:\/\/dash\.example http:\/\/a:1$/);
  assert.match(await policy([]), /; frame-ancestors 'self'$/);
});

test("with origins named, a page of others opens no /live, and ours and programs do", async (t) => {
  const { url } = await serveLive(t, [handCamera(t).camera], { embedding: { origins: [DASH] } });
  for (const origin of [undefined, DASH, new URL(url).origin]) {
    await liveClient(t, url, origin === undefined ? {} : { origin });
  }
  const socket = new WebSocket(`${url.replace("http", "ws")}/live`, { origin: EVIL });
  socket.on("error", () => {});
  const [, response] = (await once(socket, "unexpected-response")) as [unknown, { statusCode: number }];
  assert.equal(response.statusCode, 403);
});

test("by default any page may open /live", () => {
  const request = { headers: { origin: EVIL, host: "localhost" } } as Parameters<typeof refuseReaders>[0];
  refuseReaders(request, {});
  assert.throws(() => refuseReaders(request, { origins: [] }), HttpError);
});
