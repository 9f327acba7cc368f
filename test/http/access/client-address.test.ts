import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { test } from "node:test";
import {
  addressOf,
  clientAddress,
  clientOf,
  connectionInfoOf,
  noteClient,
} from "../../../src/http/access/client-address.ts";
import { isOwnOrigin } from "../../../src/http/access/origin.ts";
import { isOriginAtHost, pageOriginOf } from "../../../src/http/access/page-origin.ts";
import { showsProxy } from "../../../src/http/access/proxy-hints.ts";

const [PROXY, CLIENT] = ["10.0.0.1", "203.0.113.7"];
const trust = (address: string) => address === PROXY;

test("a trusted proxy says who the client is, and by what name and scheme it came", () => {
  const secureBy: [headers: Record<string, string>, isSecure: boolean | undefined][] = [
    [{ "x-forwarded-proto": "https" }, true],
    [{ "x-forwarded-proto": " WSS , http" }, true],
    [{ "x-forwarded-proto": "http" }, false],
    [{ "x-forwarded-proto": "ws" }, false],
    [{ "x-forwarded-proto": "gopher" }, undefined],
    [{ forwarded: `for=${CLIENT};proto=https` }, true],
    [{ forwarded: `for=${CLIENT};proto="http"` }, false],
    [{}, undefined],
  ];
  for (const [headers, isSecure] of secureBy) {
    const info = { peer: PROXY, headers: { "x-forwarded-for": CLIENT, host: "inner", ...headers } };
    assert.deepEqual(
      clientOf(info, trust),
      { isPeerTrusted: true, hosts: ["inner"], isSecure, address: CLIENT, isLocal: false, isHidden: false },
      JSON.stringify(headers),
    );
  }
  const named = { "x-forwarded-host": "a, b", forwarded: `for=${CLIENT};host=c`, "x-forwarded-for": CLIENT };
  assert.deepEqual(clientOf({ peer: PROXY, headers: named }, trust).hosts, ["a", "b", "c"]);
});

test("of a peer that is not trusted only its own address counts, and what it says shows a proxy", () => {
  const headers = {
    host: "here",
    "x-forwarded-for": "10.0.0.9",
    "x-forwarded-host": "there",
    "x-forwarded-proto": "https",
  };
  assert.deepEqual(clientOf({ peer: CLIENT, headers }, trust), {
    isPeerTrusted: false,
    hosts: ["here"],
    isSecure: undefined,
    address: CLIENT,
    isLocal: false,
    isHidden: true,
  });
  assert.equal(clientAddress({ peer: CLIENT, headers }, trust), CLIENT);
  assert.equal(clientAddress({ peer: PROXY, headers }, trust), "10.0.0.9");
  assert.equal(clientAddress({ peer: PROXY, headers: {} }, trust), PROXY);
  const forged = { "x-forwarded-for": CLIENT, "x-real-ip": "10.0.0.9" };
  assert.equal(clientAddress({ peer: PROXY, headers: forged }, trust), "unknown");
  assert.equal(clientOf({ peer: PROXY, headers: forged }, trust).isLocal, false);
  assert.equal(clientOf({ peer: "10.0.0.9", headers: {} }, trust).isLocal, true);
});

test("a connection is secure over TLS", () => {
  const request = (socket: object) => ({ socket, headers: {} }) as unknown as IncomingMessage;
  assert.equal(connectionInfoOf(request({ remoteAddress: CLIENT })).isSecure, false);
  assert.equal(connectionInfoOf(request({ encrypted: true })).isSecure, true);
  assert.equal(connectionInfoOf(request({ encrypted: true })).version, "1.1");
});

test("in logs a client has its port, or the address that its proxy reports", () => {
  const request = (remoteAddress?: string) =>
    ({ socket: { remoteAddress, remotePort: 5 } }) as unknown as IncomingMessage;
  assert.equal(addressOf(request("::ffff:192.0.2.1")), "192.0.2.1:5");
  assert.equal(addressOf(request("2001:db8::1")), "[2001:db8::1]:5");
  assert.equal(addressOf(request()), "unknown:5");
  const behind = request(PROXY);
  noteClient(behind, clientOf({ peer: PROXY, headers: { "x-forwarded-for": CLIENT } }, trust));
  assert.equal(addressOf(behind), CLIENT);
});

test("a page is ours by the browser's word, or else by the host and scheme that it was called by", () => {
  const isOwn = (headers: Record<string, string>) => isOwnOrigin({ headers: { host: "cam:8080", ...headers } });
  assert.ok(isOwn({}));
  assert.ok(isOwn({ "sec-fetch-site": "same-origin", origin: "http://other" }));
  for (const site of ["cross-site", "same-site"]) assert.ok(!isOwn({ "sec-fetch-site": site }));
  for (const own of ["http://cam:8080", "https://CAM:8080"]) assert.ok(isOwn({ origin: own }), own);
  for (const other of ["http://cam", "http://cam:8081", "ftp://cam:8080", "null"])
    assert.ok(!isOwn({ origin: other }), other);
  assert.ok(isOwn({ referer: "http://cam:8080/cameras" }));
  const secure = { headers: { host: "cam", origin: "http://cam" } };
  const client = clientOf({ peer: CLIENT, headers: secure.headers, isSecure: true }, trust);
  noteClient(secure, client);
  assert.ok(!isOwnOrigin(secure));
  const right = { headers: { ...secure.headers, origin: "https://cam" } };
  noteClient(right, client);
  assert.ok(isOwnOrigin(right));
});

test("the origin of a page is the header, or that of the referring page", () => {
  assert.equal(pageOriginOf({ origin: "http://a", referer: "http://b/c" }), "http://a");
  assert.equal(pageOriginOf({ referer: "http://b/c" }), "http://b");
  assert.equal(pageOriginOf({ referer: "b" }), "null");
  assert.equal(pageOriginOf({ referer: "" }), undefined);
  assert.equal(pageOriginOf({}), undefined);
  assert.ok(isOriginAtHost("http://cam", "CAM:80"));
  for (const origin of ["httpsx://cam", "null", "http://"]) assert.ok(!isOriginAtHost(origin, "cam"), origin);
  assert.ok(!isOriginAtHost("http://cam", "not a host"));
});

test("each header that only proxies send shows a proxy", () => {
  const names = ["x-forwarded-for", "x-forwarded-any", "forwarded", "via", "x-real-ip", "cf-connecting-ip"];
  names.push("cf-connecting-ipv6", "cdn-loop", "true-client-ip", "fastly-client-ip", "fly-client-ip");
  names.push("x-azure-clientip", "x-azure-socketip", "x-envoy-external-address", "x-client-ip");
  names.push("x-cluster-client-ip", "x-original-forwarded-for", "x-original-host");
  for (const name of names) assert.ok(showsProxy({ headers: { host: "cam", [name]: "x" } }), name);
  assert.ok(!showsProxy({ headers: { host: "cam", via: undefined, "x-other": "x" } }));
});
