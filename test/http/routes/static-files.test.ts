import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { pageFiles } from "../../../src/http/shared/page-files.ts";
import { handCamera } from "../../support/cameras/hand-camera.ts";
import { serve } from "../../support/serve.ts";
import { ask, headOf } from "../../support/sockets/raw-http.ts";

const FOREVER = "public, max-age=31536000, immutable";

/** Returns the headers for a client with these encodings. */
async function headersOf(t: TestContext, url: string, encodings: string) {
  return (await headOf(ask(t, url, { headers: { "Accept-Encoding": encodings } }))).headers;
}

test("bundles with a hash in the name stay in a browser's cache, and documented addresses are revalidated", async (t) => {
  const url = await serve(t, { cameras: [handCamera(t).camera] });
  const cacheOf = async (file: string | undefined) =>
    (await fetch(`${url}/public/${file}`)).headers.get("cache-control");
  for (const name of ["camera-page.js", "camera-page.css", "engine-worker.js", "old-browser.js", "still-stream.js"]) {
    const file = pageFiles()[name];
    assert.match(file ?? "", /-[0-9A-Z]{8}\.(js|css)$/, name);
    assert.equal(await cacheOf(file), FOREVER, name);
  }
  for (const file of ["embed.js", "live-player.js", "picture.css", "img/icon.svg"]) {
    assert.equal(await cacheOf(file), "public, max-age=0", file);
  }
});

test("a bundle comes compressed to a client that takes that, and as it is to any other", async (t) => {
  const url = await serve(t, { cameras: [handCamera(t).camera] });
  const script = `${url}/public/${pageFiles()["camera-page.js"]}`;
  for (const [encodings, expected] of [
    ["gzip, deflate, br", "br"],
    ["gzip, deflate", "gzip"],
    ["gzip;q=0", undefined],
    ["identity", undefined],
  ] as const) {
    const headers = await headersOf(t, script, encodings);
    assert.equal(headers["content-encoding"], expected, encodings);
    assert.match(headers["vary"] ?? "", /(^|, )Accept-Encoding$/, encodings);
    assert.equal(headers["content-type"], "text/javascript; charset=utf-8", encodings);
    assert.equal(headers["cache-control"], FOREVER, encodings);
  }
  assert.match(await (await fetch(script)).text(), /^(import|var|function|"use strict"|\(|const|let)/);
  assert.equal((await headersOf(t, `${url}/public/embed.js`, "br"))["content-encoding"], "br");
});

test("the scripts of a camera's page are at most 60 KB compressed", async (t) => {
  const url = await serve(t, { cameras: [handCamera(t).camera] });
  const html = await (await fetch(url)).text();
  const scripts = Array.from(html.matchAll(/<script [^>]*src="([^"]+)"/g), ([, src = ""]) => src);
  scripts.push(`public/${pageFiles()["engine-worker.js"]}`);
  assert.ok(scripts.length >= 3, html);
  let bytes = 0;
  for (const script of scripts) {
    bytes += Number((await headersOf(t, `${url}/${script}`, "gzip"))["content-length"]);
  }
  assert.ok(bytes > 0 && bytes <= 60_000, `${bytes} bytes`);
});
