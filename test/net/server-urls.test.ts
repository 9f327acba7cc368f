import assert from "node:assert/strict";
import { test } from "node:test";
import { serverUrls } from "../../src/net/server-urls.ts";

test("a server that listens on one address is found there alone", () => {
  assert.deepEqual(serverUrls("127.0.0.1", 8080, "/"), ["http://127.0.0.1:8080/"]);
  assert.deepEqual(serverUrls("camera.local", 80, "/cams/"), ["http://camera.local:80/cams/"]);
});

test("an IPv6 address is written in brackets", () => {
  assert.deepEqual(serverUrls("::1", 8080, "/"), ["http://[::1]:8080/"]);
});

for (const host of ["0.0.0.0", "::"]) {
  test(`a server that listens on ${host} is found as localhost first, then by addresses other machines can reach`, () => {
    const [here, ...network] = serverUrls(host, 8080, "/cams/");
    assert.equal(here, "http://localhost:8080/cams/");
    for (const url of network) {
      assert.match(url, /^http:\/\/\d+\.\d+\.\d+\.\d+:8080\/cams\/$/);
      assert.doesNotMatch(url, /\/\/(127\.|169\.254\.|0\.)/);
    }
  });
}
