import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { Page } from "playwright-core";
import sharp from "sharp";
import { Placeholders } from "../../src/transform/placeholders.ts";
import {
  boxOf,
  seenColor,
  setHidden,
  stopTime,
  testInBrowser,
  untilBadge,
  untilMoving,
} from "../support/browsers/tab.ts";
import { makeScene, makeScenes, reportOf } from "../support/cameras/scene.ts";
import { until } from "../support/deferred.ts";
import { listen } from "../support/serve.ts";
import { servePages } from "../support/serve-pages.ts";
import { proxyBelow } from "../support/sockets/proxies.ts";

const LIVE = /^live · /;
/** A while after its first frame, when the server has counted some. */
const COUNTED = /^live · (?<fps>[\d.]+) fps · (?<age>\d+\.\d) s$/;

testInBrowser("the page of a camera", (test) => {
  test("shows the live picture, its frames per second and its age", async (t, open) => {
    const url = await servePages(t, { cameras: [makeScene(t, { fps: 2 }).camera] });
    const page = await open(url);
    await untilMoving(page);
    await until("the badge counts two a second", async () => {
      const { fps, age } = COUNTED.exec(await untilBadge(page, COUNTED))?.groups ?? {};
      return Number(fps) > 1 && Number(fps) < 3 && Number(age) < 2;
    });
    assert.equal(await page.locator("h1").textContent(), "Front porch");
    assert.equal((await reportOf(url)).viewers.length, 1);
  });

  test("takes no pictures while its tab is hidden", async (t, open) => {
    const url = await servePages(t, { cameras: [makeScene(t).camera] });
    const page = await open(url);
    await untilBadge(page, LIVE);
    await setHidden(page, true);
    await until("nobody watches", async () => (await reportOf(url)).viewers.length === 0);
    const { frames } = await reportOf(url);
    await setHidden(page, false);
    await untilMoving(page);
    await untilBadge(page, LIVE);
    assert.ok((await reportOf(url)).frames > frames);
    assert.equal((await reportOf(url)).viewers.length, 1);
  });

  test("lets go of the stream when it is left", async (t, open) => {
    const url = await servePages(t, { cameras: [makeScene(t).camera] });
    const page = await open(url);
    await untilBadge(page, LIVE);
    await page.goto("about:blank");
    await until("nobody watches", async () => (await reportOf(url)).viewers.length === 0);
    await page.goBack({ waitUntil: "domcontentloaded" });
    await untilMoving(page);
    await untilBadge(page, LIVE);
  });

  test("shows the placeholder without an overlay while the camera is offline, until it is back", async (t, open) => {
    const scene = makeScene(t);
    const page = await open(await servePages(t, { cameras: [scene.camera] }));
    await untilMoving(page);
    await untilBadge(page, LIVE);
    const brightness = async () => Math.max(...(await seenColor(page, "#view")));
    const bright = await until("it is bright", async () => {
      const seen = await brightness();
      return seen > 200 ? seen : undefined;
    });

    scene.fail("the cable is out");
    await untilBadge(page, /^offline · .+ old$/);
    await until("the placeholder is painted", async () => (await brightness()) < bright * 0.5);
    await until("the last picture is still to be seen", async () => (await brightness()) > 50);
    // A stale frame is dimmed before the placeholder comes, which is gray and bright by itself.
    await until("it is not dimmed once more", () =>
      page.evaluate(() => {
        const image = document.querySelector("#view canvas.picture") as HTMLCanvasElement;
        const context = document.createElement("canvas").getContext("2d") as CanvasRenderingContext2D;
        context.drawImage(image, 5, 5, 1, 1, 0, 0, 1, 1);
        const [red = 0, green, blue] = context.getImageData(0, 0, 1, 1).data;
        return red === green && green === blue && red > 60;
      }),
    );
    await page.locator(".stage.carded:not(.stale)").waitFor();
    const notice = page.locator(".notice");
    assert.match((await notice.textContent()) ?? "", /the cable is out/i, "who hears the page hears it");
    assert.ok(((await notice.boundingBox())?.width ?? 0) <= 1, "who sees it sees it once");

    scene.recover();
    await untilBadge(page, LIVE);
    await until("it is bright again", async () => (await brightness()) > 200);
    assert.equal(await notice.textContent(), "");
    await untilMoving(page);
    assert.equal(await page.locator(".stage.carded, .stage.stale").count(), 0);
  });

  test("says why the camera is offline, over a dimmed frame, if no placeholder can be drawn", async (t, open) => {
    const scene = makeScene(t);
    const placeholders = new Placeholders({ draw: () => Promise.reject(new Error("no sharp")) });
    const page = await open(await servePages(t, { cameras: [scene.camera], placeholders }));
    await untilMoving(page);
    await untilBadge(page, LIVE);
    scene.fail("the cable is out");
    await untilBadge(page, /^offline · .+ old$/);
    await page.locator(".stage.stale .notice", { hasText: /the cable is out/i }).waitFor();
    assert.ok(((await page.locator(".notice").boundingBox())?.width ?? 0) > 100);
    await until("it is dim", async () => Math.max(...(await seenColor(page, "#view"))) < 160);
    scene.recover();
    await untilBadge(page, LIVE);
    await untilMoving(page);
  });

  test("does not call a camera live that has stopped without failing", async (t, open) => {
    const scene = makeScene(t, { fps: 10, stallMs: 60_000 });
    const page = await open(await servePages(t, { cameras: [scene.camera] }));
    await untilBadge(page, LIVE);
    scene.stop();
    await untilBadge(page, /^stalled · .+ old$/);
    assert.equal(await page.locator(".stage.stale .notice").textContent(), "No new frame from the camera.");
    scene.recover();
    await untilBadge(page, LIVE);
  });

  test("waits for a camera that fails from the start, and then takes the shape of its pictures", async (t, open) => {
    const scene = makeScene(t, { width: 480, height: 640 });
    scene.fail("nobody plugged it in");
    const page = await open(await servePages(t, { cameras: [scene.camera] }));
    await untilBadge(page, /^offline$/);
    await page.locator(".stage.carded:not(.stale)").waitFor();
    assert.match((await page.locator(".notice").textContent()) ?? "", /nobody plugged it in/i);
    const ratio = () => page.locator("#view").evaluate((view) => view.style.getPropertyValue("--ratio"));
    assert.equal(await ratio(), "1280 / 720");
    scene.recover();
    await untilMoving(page);
    await untilBadge(page, LIVE);
    await until("it has the shape of the pictures", async () => (await ratio()) === "480 / 640");
  });

  test("of a camera that takes its time to start says that it is starting", async (t, open) => {
    const scene = makeScene(t);
    scene.stop();
    const page = await open(await servePages(t, { cameras: [scene.camera] }));
    await page.locator(".stage.carded:not(.stale)").waitFor();
    await untilBadge(page, /^starting$/);
    scene.recover();
    await untilBadge(page, LIVE);
  });

  test("gives a snapshot to keep", async (t, open) => {
    const page = await open(await servePages(t, { cameras: [makeScene(t).camera] }));
    await untilMoving(page);
    const [download] = await Promise.all([page.waitForEvent("download"), page.locator("#snapshot").click()]);
    assert.match(download.suggestedFilename(), /^porch-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.jpg$/);
    const { format, width } = await sharp(await readFile(await download.path())).metadata();
    assert.deepEqual({ format, width }, { format: "jpeg", width: 640 });
    await untilMoving(page);
  });

  test("has absolute addresses to embed the camera, which work", async (t, open) => {
    const url = await servePages(t, { cameras: makeScenes(t, 2) });
    await checkFields(await open(`${url}/cameras/two`), `${url}/cameras/two`);
  });

  test("works behind a proxy with a path prefix, embed addresses included", async (t, open) => {
    const url = await servePages(t, { cameras: makeScenes(t, 2) });
    const proxied = await proxyBelow(t, url, "/cam");
    const page = await open(`${proxied}/`);
    await untilMoving(page, ".tile[data-camera=two] .picture");
    await page.locator(".tile[data-camera=two]").click();
    await page.getByRole("link", { name: "Details" }).click();
    await page.waitForURL(`${proxied}/cameras/two`, { waitUntil: "commit" });
    await untilBadge(page, LIVE);
    await untilMoving(page);
    await checkFields(page, `${proxied}/cameras/two`);
    await page.getByRole("link", { name: "All cameras" }).click();
    // The wall opens with the camera that was large, which its address says soon.
    await page.locator("#large[data-camera=two]").waitFor();
    assert.equal(page.url(), `${proxied}/#two`);
  });

  test("is embedded by its HTML in a page of another origin", async (t, open) => {
    const title = `Tom & "Jerry" <b>`;
    const url = await servePages(t, { cameras: [makeScene(t, { title }).camera] });
    const page = await open(url);
    const html = await page.locator("[data-embed=html]").inputValue();
    const foreign = createServer((_request, response) => {
      response.setHeader("Content-Type", "text/html; charset=utf-8").end(`<!doctype html><body>${html}`);
    });
    const other = await open((await listen(t, foreign)).replace("127.0.0.1", "localhost"));
    assert.equal(await other.locator("img").getAttribute("alt"), title);
    await until("it has a picture", () => other.evaluate(() => document.querySelector("img")?.naturalWidth === 640));
    const plain = await open(url, { javaScriptEnabled: false });
    assert.equal(await plain.locator("[data-embed=html]").inputValue(), html);
  });

  test("copies an address where the browser has no clipboard to offer", async (t, open) => {
    const page = await open(await servePages(t, { cameras: [makeScene(t).camera] }));
    // As on plain http with a LAN address.
    await page.evaluate(() => Object.defineProperty(navigator, "clipboard", { value: undefined }));
    await untilMoving(page);
    const button = page.getByRole("button", { name: "Copy Snapshot" });
    const clock = await stopTime(page);
    await button.click();
    await until("it says so", async () => (await button.textContent()) === "Copied");
    await page.evaluate(() => document.body.append(document.createElement("textarea")));
    await page.locator("textarea").focus();
    await page.keyboard.press("Control+V");
    const copied = await page.locator("textarea").inputValue();
    assert.equal(copied, await page.locator("[data-embed=snapshot]").inputValue());
    await clock.runFor(1600);
    assert.equal(await button.textContent(), "Copy");
  });

  test("fills the screen and gives it back", async (t, open) => {
    const page = await open(await servePages(t, { cameras: [makeScene(t).camera] }));
    await untilMoving(page);
    const button = page.locator("#full-screen");
    const state = () => page.evaluate(() => document.fullscreenElement?.id ?? null);
    const before = await boxOf(page, "#view");
    const clock = await stopTime(page);

    await button.click();
    await until("it is in full screen", async () => (await state()) === "stage");
    assert.equal(await button.getAttribute("aria-pressed"), "true");
    await until("the picture fills it", async () => {
      const { x, y, width, height } = await boxOf(page, "#view");
      const screen = await page.evaluate(() => ({ width: innerWidth, height: innerHeight }));
      return x === 0 && y === 0 && width === screen.width && height === screen.height;
    });
    await untilMoving(page);
    await clock.runFor(3000);
    assert.equal(await page.locator(".filling.resting").count(), 1, "the controls go to rest");
    await page.mouse.move(200, 200);
    await until("they wake", async () => (await page.locator(".filling.resting").count()) === 0);

    await button.click();
    await until("it is a page again", async () => (await state()) === null);
    await until("all is as it was", async () => (await button.getAttribute("aria-pressed")) === "false");
    assert.deepEqual(await boxOf(page, "#view"), before);
  });

  test("fills the page where the browser refuses full screen", async (t, open) => {
    const page = await open(await servePages(t, { cameras: [makeScene(t).camera] }));
    await page.evaluate(() => {
      Element.prototype.requestFullscreen = () => Promise.reject(new TypeError("not here"));
    });
    await untilMoving(page);
    await page.locator("#full-screen").click();
    await page.locator(".stage.filling").waitFor();
    await page.keyboard.press("Escape");
    await page.locator(".stage:not(.filling)").waitFor();
    assert.equal(await page.locator("#full-screen").getAttribute("aria-pressed"), "false");
  });
});

/** The embed fields hold these addresses, and what they promise is there. */
async function checkFields(page: Page, base: string): Promise<void> {
  const field = (name: string) => page.locator(`[data-embed=${name}]`).inputValue();
  assert.equal(await field("stream"), `${base}/video_feed`);
  assert.equal(await field("snapshot"), `${base}/snapshot.jpg`);
  assert.equal(await field("page"), base);
  assert.equal(await field("html"), `<img src="${base}/video_feed" alt="two">`);
  for (const [name, type] of [
    ["stream", /^multipart\/x-mixed-replace/],
    ["snapshot", /^image\/jpeg/],
    ["page", /^text\/html/],
  ] as const) {
    const leave = new AbortController();
    const response = await fetch(await field(name), { signal: leave.signal });
    leave.abort();
    assert.equal(response.status, 200);
    assert.match(response.headers.get("content-type") ?? "", type);
  }
}
