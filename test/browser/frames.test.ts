import assert from "node:assert/strict";
import { createServer } from "node:http";
import { type TestContext, test } from "node:test";
import { chromiumContext } from "../support/browsers/chromium.ts";
import { openFirefox } from "../support/browsers/firefox.ts";
import { makeScene } from "../support/cameras/scene.ts";
import { until } from "../support/deferred.ts";
import { listen } from "../support/serve.ts";
import { servePages } from "../support/serve-pages.ts";
import { needs } from "../support/tools.ts";

/** Opens an address; it stays open. */
type Open = (url: string) => Promise<void>;

const BROWSERS: Readonly<Record<string, (t: TestContext) => Promise<Open>>> = {
  chromium: async (t) => {
    const context = await chromiumContext(t);
    return async (url) => void (await (await context.newPage()).goto(url));
  },
  "firefox-esr": async (t) => {
    const firefox = await openFirefox(t);
    return async (url) => void (await firefox.open(url));
  },
};

/**
 * A page of a port of its own with `url` in a frame, at which anything that is asked says that the
 * frame has loaded.
 */
async function framing(t: TestContext, url: string, headers: Readonly<Record<string, string>> = {}) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    const frame = `<iframe src="${url}" width="640" height="360"></iframe><script src="/script.js"></script>`;
    response.setHeader("Content-Type", request.url === "/script.js" ? "text/javascript" : "text/html");
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    const script = "onload = () => fetch('/loaded')";
    response.end(request.url === "/script.js" ? script : `<!doctype html><body>${frame}`);
  });
  const { port } = new URL(await listen(t, server));
  return { port, loaded: () => until("the frame has loaded", () => asked.includes("/loaded")) };
}

for (const [program, launch] of Object.entries(BROWSERS)) {
  test(`in ${program} a page of another site has none of ours in a frame, and dashboards have`, {
    skip: needs(program),
  }, async (t) => {
    const open = await launch(t);
    const state = async (name: string, path: string, headers?: Readonly<Record<string, string>>) => {
      const { camera } = makeScene(t, { name: "desk", title: "Desk" });
      const { port } = new URL(await servePages(t, { cameras: [camera] }));
      const page = await framing(t, `http://cam.lan:${port}${path}`, headers);
      await open(`http://${name}:${page.port}/`);
      await page.loaded();
      return () => camera.status().state;
    };
    for (const path of ["/", "/cameras/desk/bare", "/video_feed"]) {
      const hidden = { "Referrer-Policy": "no-referrer" };
      const stateOf = await state("evil.example", path);
      for (const headers of [{}, hidden]) {
        const isLive = await state("octopi.local", path, headers);
        await until(`${path} is watched`, () => isLive() === "live");
      }
      // By now the first would be, too.
      assert.equal(stateOf(), "idle", path);
    }
  });
}
