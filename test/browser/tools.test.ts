import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import sharp from "sharp";
import { contrast, parseColor } from "../support/browsers/contrast.ts";
import { testInBrowser, untilBadge, untilMoving } from "../support/browsers/tab.ts";
import { makeScene, makeScenes } from "../support/cameras/scene.ts";
import { until } from "../support/deferred.ts";
import { servePages } from "../support/serve-pages.ts";
import { proxyBelow } from "../support/sockets/proxies.ts";

testInBrowser("the tools of a camera's page", (test) => {
  test("keep the picture as it is shown, and not the next", async (t, open) => {
    const scene = makeScene(t, { fps: 10 });
    const page = await open(await servePages(t, { cameras: [scene.camera] }));
    await untilMoving(page);
    scene.stop();
    await untilBadge(page, /^stalled/);
    const requests: string[] = [];
    page.on("request", (request) => requests.push(request.url()));
    const [download] = await Promise.all([page.waitForEvent("download"), page.locator("#snapshot").click()]);
    assert.match(download.suggestedFilename(), /^porch-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.jpg$/);
    const { dominant } = await sharp(await readFile(await download.path())).stats();
    assert.ok(Math.max(...Object.values(dominant)) > 200, "it is the bright one that is dimmed on the page");
    assert.deepEqual(
      requests.filter((url) => url.includes("snapshot.jpg")),
      [],
    );
  });

  test("show the picture in a small window, where it goes on while the page is hidden", async (t, open) => {
    const page = await open("about:blank");
    // As the browser has it, except for its window: headless browsers have none.
    await page.addInitScript(() => {
      const windows = {
        window: null,
        async requestWindow() {
          return window.open("about:blank", "", "popup");
        },
      };
      Object.defineProperty(window, "documentPictureInPicture", { value: windows });
    });
    await page.goto(await servePages(t, { cameras: [makeScene(t).camera] }));
    await untilMoving(page);
    const [small] = await Promise.all([page.waitForEvent("popup"), page.locator("#picture-in-picture").click()]);
    await untilMoving(small, "canvas");
    assert.equal(await page.locator("#picture-in-picture").getAttribute("aria-pressed"), "true");
    await page.evaluate(() => {
      Object.defineProperty(document, "hidden", { configurable: true, value: true });
      document.dispatchEvent(new Event("visibilitychange"));
    });
    await untilMoving(small, "canvas");
    await small.close();
    await until("the button is let go", async () => {
      return (await page.locator("#picture-in-picture").getAttribute("aria-pressed")) === "false";
    });
  });

  test("lead to the cameras before and after, by links and by arrows", async (t, open) => {
    const url = await servePages(t, { cameras: makeScenes(t, 3) });
    const page = await open(`${url}/cameras/one`);
    await untilMoving(page);
    await page.getByRole("link", { name: "Next: two" }).click();
    await page.waitForURL(`${url}/cameras/two`, { waitUntil: "commit" });
    await untilMoving(page);
    await page.keyboard.press("ArrowRight");
    await page.waitForURL(`${url}/cameras/three`, { waitUntil: "commit" });
    await untilMoving(page);
    await page.keyboard.press("ArrowRight");
    await page.waitForURL(`${url}/cameras/one`, { waitUntil: "commit" });
    await untilMoving(page);
    await page.keyboard.press("ArrowLeft");
    await page.waitForURL(`${url}/cameras/three`, { waitUntil: "commit" });
  });

  test("keep the screen on in full screen, and only then", async (t, open) => {
    const page = await open("about:blank");
    await page.addInitScript(() => {
      const locks: string[] = [];
      const wakeLock = {
        async request() {
          locks.push("taken");
          return Object.assign(new EventTarget(), {
            async release() {
              locks.push("released");
            },
          });
        },
      };
      Object.assign(window, { locks });
      Object.defineProperty(navigator, "wakeLock", { value: wakeLock });
    });
    const locks = () => page.evaluate(() => (window as never as { locks: string[] }).locks);
    await page.goto(await servePages(t, { cameras: [makeScene(t).camera] }));
    await untilMoving(page);
    assert.deepEqual(await locks(), []);
    await page.locator("#full-screen").click();
    await until("it is taken", async () => (await locks()).join() === "taken");
    await page.locator("#full-screen").click();
    await until("it is released", async () => (await locks()).join() === "taken,released");
  });

  test("can be installed as an app, behind a proxy's prefix too", async (t, open) => {
    const url = await proxyBelow(t, await servePages(t, { cameras: makeScenes(t, 2), title: "Home" }), "/cam");
    const page = await open(`${url}/cameras/two`);
    const session = await page.context().newCDPSession(page);
    const { url: address, data, errors } = await session.send("Page.getAppManifest");
    assert.deepEqual([address, errors], [`${url}/manifest.webmanifest`, []]);
    const manifest = JSON.parse(data ?? "");
    assert.equal(manifest.name, "Home");
    assert.equal(new URL(manifest.start_url, address).href, `${url}/`);
    for (const { src, sizes } of manifest.icons) {
      const response = await fetch(new URL(src, address));
      assert.match(response.headers.get("content-type") ?? "", /^image\/png/);
      const { width, height } = await sharp(Buffer.from(await response.arrayBuffer())).metadata();
      assert.equal(`${width}x${height}`, sizes);
    }
    const touch = await page.locator('link[rel="apple-touch-icon"]').evaluate((link) => (link as HTMLLinkElement).href);
    assert.equal((await fetch(touch)).status, 200);
    const { installabilityErrors } = await session.send("Page.getInstallabilityErrors");
    assert.deepEqual(
      installabilityErrors.filter(({ errorId }) => errorId !== "in-incognito"),
      [],
    );
  });

  test("can be read, dark and light: words differ from their ground by 4.5 to 1", async (t, open) => {
    const scene = makeScene(t);
    scene.fail("the cable is out");
    const urls = [
      `${await servePages(t, { cameras: [makeScene(t).camera] })}/`,
      `${await servePages(t, { cameras: [scene.camera, ...makeScenes(t, 2)] })}/cameras/porch`,
      `${await servePages(t, { cameras: makeScenes(t, 3) })}/`,
    ];
    const page = await open("about:blank", { viewport: { width: 1280, height: 800 } });
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      for (const url of urls) {
        await page.goto(url, { waitUntil: "domcontentloaded" });
        await page
          .locator(".badge", { hasText: /live|offline/ })
          .first()
          .waitFor();
        for (const { text, ink, ground } of await wordsOf(page)) {
          const ratio = contrast(parseColor(ink), parseColor(ground));
          assert.ok(ratio >= 4.5, `"${text}" is ${ink} on ${ground}: ${ratio.toFixed(2)} (${colorScheme}, ${url})`);
        }
      }
    }
  });

  test("every control has a name, and shows that it has the focus", async (t, open) => {
    const url = await servePages(t, { cameras: makeScenes(t, 2) });
    const page = await open(`${url}/cameras/two`);
    for (const path of ["/cameras/two", "/"]) {
      await page.goto(url + path, { waitUntil: "domcontentloaded" });
      await page.locator(".badge", { hasText: /^live/ }).first().waitFor();
      let stops = 0;
      for (let step = 0; step < 40; step++) {
        await page.keyboard.press("Tab");
        const { name, outline, tag } = await page.evaluate(() => {
          const element = document.activeElement as HTMLElement;
          const labels = "labels" in element ? Array.from(element.labels as NodeListOf<HTMLElement>) : [];
          const byId = element.getAttribute("aria-labelledby");
          const name = [
            element.getAttribute("aria-label"),
            byId && document.getElementById(byId)?.textContent,
            ...labels.map((label) => label.textContent),
            element.textContent,
          ].find((text) => text?.trim());
          return { name, outline: Number.parseFloat(getComputedStyle(element).outlineWidth), tag: element.tagName };
        });
        if (tag === "BODY") break;
        stops += 1;
        assert.ok(name, `a ${tag} has no name`);
        assert.ok(outline >= 2, `${name} does not show its focus`);
      }
      assert.ok(stops >= 4, `${stops} controls`);
    }
  });
});

/** The words on a page whose ground is a plain color, and the two colors. */
async function wordsOf(page: Page): Promise<{ text: string; ink: string; ground: string }[]> {
  return await page.evaluate(() => {
    const found: { text: string; ink: string; ground: string }[] = [];
    for (const element of document.querySelectorAll<HTMLElement>(
      "h1, h2, p, label, span, a, button, input, code, select",
    )) {
      const text = element.textContent?.trim() || (element as HTMLInputElement).value;
      if (!text || element.getClientRects().length === 0 || element.closest(".view, .caption") !== null) continue;
      let parent: HTMLElement | null = element;
      while (parent !== null && /^rgba\(.*, 0\)$/.test(getComputedStyle(parent).backgroundColor))
        parent = parent.parentElement;
      if (parent === null) continue;
      const ground = getComputedStyle(parent).backgroundColor;
      found.push({ text: text.slice(0, 30), ink: getComputedStyle(element).color, ground });
    }
    return found;
  });
}
