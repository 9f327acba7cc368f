import assert from "node:assert/strict";
import { test } from "node:test";
import { PATIENCE_MS } from "../support/browsers/chromium.ts";
import { type FirefoxTab, openFirefox } from "../support/browsers/firefox.ts";
import { makeScene, makeScenes, reportOf } from "../support/cameras/scene.ts";
import { until } from "../support/deferred.ts";
import { servePages, serveRestartable } from "../support/serve-pages.ts";
import { proxyBelow } from "../support/sockets/proxies.ts";
import { needs } from "../support/tools.ts";

const skip = needs("firefox-esr");
/**
 * Waits until the first picture that is shown below a selector has had three colors in its middle.
 */
async function untilMoving(tab: FirefoxTab, scope = "#view"): Promise<void> {
  const moves = await tab.evaluate(
    async (scope, patienceMs) => {
      const seen = new Set<string>();
      for (const end = performance.now() + patienceMs; seen.size < 3 && performance.now() < end; ) {
        await new Promise((resolve) => setTimeout(resolve, 40));
        const all = Array.from(document.querySelectorAll<HTMLImageElement | HTMLCanvasElement>(`${scope} .picture`));
        const picture = all.find((element) => element.getClientRects().length > 0);
        if (picture === undefined || picture.closest(".waiting") !== null) continue;
        try {
          // drawImage may paint an older frame of a stream.
          const bitmap = await createImageBitmap(picture);
          const context = document.createElement("canvas").getContext("2d") as CanvasRenderingContext2D;
          context.drawImage(bitmap, bitmap.width / 2, bitmap.height / 2, 1, 1, 0, 0, 1, 1);
          seen.add(context.getImageData(0, 0, 1, 1).data.join(" "));
        } catch {
          // It has no frame yet.
        }
      }
      return seen.size >= 3;
    },
    scope,
    PATIENCE_MS,
  );
  assert.ok(moves, `${scope} does not move`);
}

const badgeOf = (tab: FirefoxTab, scope = "body") =>
  tab.evaluate((scope) => document.querySelector(`${scope} .badge`)?.textContent ?? "", scope);

async function untilBadge(tab: FirefoxTab, wanted: RegExp, scope?: string): Promise<void> {
  await until(`the badge says ${wanted}`, async () => wanted.test(await badgeOf(tab, scope)), PATIENCE_MS);
}

const wayOf = (tab: FirefoxTab) => tab.evaluate(() => (document.querySelector(".view") as HTMLElement).dataset["way"]);

test("in Firefox", { skip }, async (t) => {
  const firefox = await openFirefox(t);

  await t.test("the player paints from a worker, and takes nothing while the page is hidden", async (t) => {
    const url = await servePages(t, { cameras: [makeScene(t).camera] });
    const tab = await firefox.open(url);
    await untilMoving(tab);
    await untilBadge(tab, /^live · /);
    assert.equal(await wayOf(tab), "canvas");
    // A canvas that a worker paints on has no context to give.
    assert.ok(
      await tab.evaluate(() => {
        try {
          document.querySelector<HTMLCanvasElement>("canvas.picture")?.getContext("2d");
          return false;
        } catch {
          return true;
        }
      }),
    );
    const hide = (hidden: boolean) =>
      tab.evaluate((hidden) => {
        Object.defineProperty(document, "hidden", { configurable: true, value: hidden });
        document.dispatchEvent(new Event("visibilitychange"));
      }, hidden);
    await tab.evaluate(async () => {
      for (let count = 0; count < 200; count++) {
        Object.defineProperty(document, "hidden", { configurable: true, value: count % 2 === 0 });
        document.dispatchEvent(new Event("visibilitychange"));
        await new Promise((resolve) => setTimeout(resolve));
      }
    });
    await hide(true);
    await until("nobody watches", async () => (await reportOf(url)).viewers.length === 0);
    await hide(false);
    await untilMoving(tab);
    assert.equal((await reportOf(url)).viewers.length, 1);
    assert.equal(await tab.evaluate(() => document.querySelectorAll("canvas").length), 2);
    await tab.goto("about:blank");
    await until("nobody watches", async () => (await reportOf(url)).viewers.length === 0);
  });

  await t.test("a stream is played where no WebSocket comes through", async (t) => {
    const url = await proxyBelow(t, await servePages(t, { cameras: [makeScene(t).camera] }), "/cam", {}, () => false);
    const tab = await firefox.open(`${url}/`);
    await untilMoving(tab);
    await untilBadge(tab, /^live · /);
    assert.equal(await wayOf(tab), "image");
    await tab.goto("about:blank");
  });

  await t.test("the page is live again when the server is, without a reload", async (t) => {
    const server = await serveRestartable(t, { cameras: [makeScene(t).camera] });
    const tab = await firefox.open(server.url);
    await untilBadge(tab, /^live · /);
    await server.stop();
    await untilBadge(tab, /^reconnecting/);
    await server.start();
    await untilBadge(tab, /^live · /);
    assert.equal(await wayOf(tab), "canvas");
    await tab.goto("about:blank");
  });

  await t.test("a wall says which camera is gone, and shows the others", async (t) => {
    const broken = makeScene(t, { name: "shed", title: "shed" });
    broken.fail("the shed burned down");
    const cameras = [...makeScenes(t, 5), broken.camera] as ReturnType<typeof makeScenes>;
    const tab = await firefox.open(await servePages(t, { cameras }));
    for (const name of ["one", "five"]) await untilMoving(tab, `[data-camera=${name}]`);
    await untilBadge(tab, /^offline/, "[data-camera=shed]");
    broken.recover();
    await untilMoving(tab, "[data-camera=shed]");
    await untilBadge(tab, /^live/, "[data-camera=shed]");
    await tab.goto("about:blank");
  });
});
