import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { testInBrowser } from "../support/browsers/tab.ts";
import { makeScene, makeScenes } from "../support/cameras/scene.ts";
import { servePages } from "../support/serve-pages.ts";

/** A phone far from its mast: 1.6 Mbit/s, and 150 ms for a round trip. */
const SLOW_LINK = { offline: false, latency: 150, downloadThroughput: 200_000, uploadThroughput: 200_000 };

const MAX_REQUESTS = 8;

/**
 * Opens a page over a slow link. Returns the paths of its requests until it shows a first frame.
 */
async function requestsOf(page: Page, url: string): Promise<string[]> {
  const requests: string[] = [];
  page.on("request", (request) => requests.push(new URL(request.url()).pathname));
  page.on("websocket", (socket) => requests.push(new URL(socket.url()).pathname));
  const devTools = await page.context().newCDPSession(page);
  await devTools.send("Network.enable");
  await devTools.send("Network.emulateNetworkConditions", SLOW_LINK);
  await page.goto(url, { waitUntil: "commit" });
  await page.waitForFunction(() => {
    const first = document.querySelector<HTMLImageElement>(".view img.first-frame");
    const view = document.querySelector(".view");
    const isLive = view?.classList.contains("waiting") === false;
    return (first?.complete === true && first.naturalWidth > 1) || isLive;
  });
  return requests;
}

testInBrowser("the first load over a slow link", (test) => {
  test(`of a camera's page takes ${MAX_REQUESTS} requests at most until its first frame, which comes with the page`, async (t, open) => {
    const url = await servePages(t, { cameras: [makeScene(t).camera] });
    const requests = await requestsOf(await open("about:blank"), url);
    assert.ok(requests.length <= MAX_REQUESTS, requests.join("\n"));
    assert.ok(requests.includes("/cameras/porch/snapshot.jpg"), requests.join("\n"));
  });

  test(`of a wall of four takes ${MAX_REQUESTS} requests at most until its first frame`, async (t, open) => {
    const url = await servePages(t, { cameras: makeScenes(t, 4) });
    const requests = await requestsOf(await open("about:blank"), url);
    assert.ok(requests.length <= MAX_REQUESTS, requests.join("\n"));
  });

  test("shows the first frame before the scripts have come, and without them", async (t, open) => {
    const url = await servePages(t, { cameras: [makeScene(t).camera] });
    const page = await open("about:blank");
    await page.route(/\.js$/, (route) => route.abort());
    await page.goto(url);
    await page.waitForFunction(() => {
      const first = document.querySelector<HTMLImageElement>(".view img.first-frame");
      return first !== null && first.naturalWidth > 1 && getComputedStyle(first).filter === "none";
    });
    const box = await page.locator("img.first-frame").boundingBox();
    assert.ok(box !== null && box.width > 300, JSON.stringify(box));
  });

  test("takes the first frame away once there is a live one", async (t, open) => {
    const page = await open(await servePages(t, { cameras: [makeScene(t).camera] }));
    await page.locator("img.first-frame").waitFor({ state: "detached" });
    assert.equal(await page.locator(".view").evaluate((view) => view.classList.contains("waiting")), false);
  });
});
