import assert from "node:assert/strict";
import { test } from "node:test";
import { formatEndpoint, parseEndpoint } from "../../src/options/endpoint.ts";

test("an endpoint is a port, or a host and a port, with an IPv6 address in brackets", () => {
  assert.deepEqual(parseEndpoint("9999", "0.0.0.0"), { host: "0.0.0.0", port: 9999 });
  assert.deepEqual(parseEndpoint("127.0.0.1:1"), { host: "127.0.0.1", port: 1 });
  assert.deepEqual(parseEndpoint("cam-1.local:80"), { host: "cam-1.local", port: 80 });
  assert.deepEqual(parseEndpoint("[fe80::1%eth0]:80"), { host: "fe80::1%eth0", port: 80 });
  for (const wrong of [
    "9999",
    "",
    ":",
    "a:",
    ":80",
    "::1:80",
    "a:70000",
    "a b:80",
    "http://a:80",
    "a:80 ",
    "$(x):80",
  ]) {
    assert.equal(parseEndpoint(wrong), undefined, wrong);
  }
});

test("an endpoint is written as it is read", () => {
  for (const text of ["127.0.0.1:1", "[::1]:65535", "host:80"]) {
    assert.equal(formatEndpoint(parseEndpoint(text) ?? { host: "", port: 0 }), text);
  }
});
