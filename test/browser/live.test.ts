import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import sharp from "sharp";
import { pageFiles } from "../../src/http/shared/page-files.ts";
import { complaintsOf, testInBrowser, untilBadge, untilMoving } from "../support/browsers/tab.ts";
import { handSource } from "../support/cameras/hand-source.ts";
import { makeScene, makeScenes, reportOf } from "../support/cameras/scene.ts";
import { until } from "../support/deferred.ts";
import { testCamera } from "../support/serve.ts";
import { servePages } from "../support/serve-pages.ts";
import { badNetwork, proxyBelow } from "../support/sockets/proxies.ts";

const LIVE = /^live · /;
/** More than two seconds, past which a picture of a quicker camera is old. */
const SLOW_MS = 2500;
const BROKEN = Buffer.concat([Buffer.from([0xff, 0xd8]), Buffer.alloc(2000, 7), Buffer.from([0xff, 0xd9])]);

/** Which of the ways the first picture of a page is shown by. */
const wayOf = (page: Page) =>
  page.evaluate(() => {
    const view = document.querySelector(".view") as HTMLElement;
    const source = view.querySelector("img")?.getAttribute("src") ?? "";
    if (view.dataset["way"] === "canvas") return "canvas";
    return source.includes("snapshot.jpg") ? "snapshots" : "stream";
  });

/**
 * Without what a worker paints by, or without workers at all. To be run before the page's own
 * scripts.
 */
const WITHOUT = {
  OffscreenCanvas: () => Reflect.deleteProperty(window, "OffscreenCanvas"),
  workers: () => Reflect.deleteProperty(window, "Worker"),
  "OffscreenCanvas and createImageBitmap": () => {
    Reflect.deleteProperty(window, "OffscreenCanvas");
    Reflect.deleteProperty(window, "createImageBitmap");
  },
};

testInBrowser("the live player", (test) => {
  test("paints from a worker, over one connection for all cameras", async (t, open) => {
    const cameras = makeScenes(t, 6);
    const url = await servePages(t, { cameras });
    const page = await open("about:blank");
    const sockets: string[] = [];
    page.on("websocket", (socket) => sockets.push(new URL(socket.url()).pathname));
    const streams: string[] = [];
    page.on("request", (request) => {
      if (/video_feed|snapshot/.test(request.url())) streams.push(request.url());
    });
    await page.goto(url);
    await Promise.all(cameras.map(({ name }) => untilMoving(page, `[data-camera=${name}] .picture`)));
    assert.deepEqual(
      page.workers().map((worker) => new URL(worker.url()).pathname),
      [`/public/${pageFiles()["engine-worker.js"]}`],
    );
    assert.deepEqual(streams, []);
    // That of the worker is not the page's: here one seen from the page would be one too many.
    assert.deepEqual(
      sockets.filter((path) => path !== "/live"),
      [],
    );
    for (const { name } of cameras) assert.equal((await reportOf(url, name)).viewers[0]?.framing, "live");
  });

  for (const [what, without] of Object.entries(WITHOUT)) {
    test(`paints from the page in a browser without ${what}`, async (t, open) => {
      const url = await servePages(t, { cameras: [makeScene(t).camera] });
      const page = await open("about:blank");
      const complaints = complaintsOf(page);
      await page.addInitScript(without);
      await page.goto(url);
      await untilMoving(page);
      await untilBadge(page, LIVE);
      assert.equal(page.workers().length, 0);
      assert.equal(await wayOf(page), "canvas");
      assert.equal((await reportOf(url)).viewers[0]?.framing, "live");
      assert.deepEqual(complaints, []);
    });
  }

  test("plays a stream where no WebSocket comes through, and climbs back when one does", async (t, open) => {
    let isLetThrough = false;
    const inner = await servePages(t, { cameras: [makeScene(t).camera] });
    const url = await proxyBelow(t, inner, "/cam", {}, () => isLetThrough);
    const page = await open(`${url}/`);
    await untilMoving(page);
    await untilBadge(page, LIVE);
    assert.equal(await wayOf(page), "stream");
    isLetThrough = true;
    await page.evaluate(() => dispatchEvent(new Event("online")));
    await until("it is on the canvas", async () => (await wayOf(page)) === "canvas");
    await untilMoving(page);
    await untilBadge(page, LIVE);
    await until("the stream is left", async () => {
      const { viewers } = await reportOf(inner);
      return viewers.length === 1 && viewers[0]?.framing === "live";
    });
  });

  test("shows snapshots where streams are held back too", async (t, open) => {
    const inner = await servePages(t, { cameras: [makeScene(t).camera] });
    const url = await proxyBelow(t, inner, "/cam", {}, () => false);
    const page = await open("about:blank");
    // As behind what waits for the end of every answer.
    await page.route(/video_feed/, () => {});
    await page.clock.install();
    await page.goto(`${url}/`);
    await until("they are snapshots", async () => {
      await page.clock.runFor(500);
      return (await wayOf(page)) === "snapshots";
    });
    await untilMoving(page);
  });

  test("shows a picture past two seconds as old, with its age, when the network falls silent", async (t, open) => {
    const network = await badNetwork(t, await servePages(t, { cameras: [makeScene(t, { fps: 10 }).camera] }));
    const page = await open(network.url);
    await untilMoving(page);
    await untilBadge(page, LIVE);
    await page.evaluate(() => {
      const [view, badge] = [document.querySelector(".view"), document.querySelector(".badge")];
      const look = () => {
        if (!view?.classList.contains("stale")) return;
        Object.assign(window, { said: badge?.textContent });
        watching.disconnect();
      };
      const watching = new MutationObserver(look);
      watching.observe(view as Element, { attributes: true });
    });
    network.freeze();
    await untilBadge(page, /^(?:reconnecting|stalled|late) · \d+(?:\.\d)? s old$/);
    const said = await page.evaluate(() => (window as never as { said: string }).said);
    const [, age] = / · ([\d.]+) s old$/.exec(said) ?? [];
    assert.ok(Number(age) >= 2, `it looked old when the badge said: ${said}`);
  });

  test("does not call a slow camera old by its own interval", async (t, open) => {
    const url = await servePages(t, { cameras: [makeScene(t, { fps: 1000 / SLOW_MS }).camera] });
    const page = await open(url);
    // Its interval is known once its second picture is painted, and the badge tells so a moment
    // later.
    await until("two pictures are painted", async () => (await reportOf(url)).frames >= 2);
    await page.locator(".badge-state", { hasText: /^live$/ }).waitFor();
    await page.evaluate(() => {
      const state = document.querySelector(".badge-state") as HTMLElement;
      const moods = [state.textContent];
      Object.assign(window, { moods });
      new MutationObserver(() => moods.push(state.textContent)).observe(state, { childList: true });
    });
    const { frames } = await reportOf(url);
    await until("two more came", async () => (await reportOf(url)).frames >= frames + 2);
    const moods = await page.evaluate(() => (window as never as { moods: string[] }).moods);
    assert.deepEqual(
      moods.filter((mood) => mood === "late" || mood === "stalled"),
      [],
    );
  });

  test("passes over a picture that cannot be decoded, and shows the next", async (t, open) => {
    const source = handSource();
    const good = await Promise.all(
      ["#f00", "#00f"].map((background) =>
        sharp({ create: { width: 64, height: 48, channels: 3, background } })
          .jpeg()
          .toBuffer(),
      ),
    );
    // Not through the server, which would have passed it over itself.
    const camera = testCamera(t, {
      name: "porch",
      repair: (jpeg) => ({ jpeg, width: 64, height: 48, repaired: false }),
      async *open({ signal }) {
        for await (const { jpeg } of source.subscribe(signal)) yield jpeg as Buffer;
      },
    });
    const url = await servePages(t, { cameras: [camera] });
    const page = await open(url);
    // Not only the newest of them: each is sent once the page has settled the one before.
    let sent = 0;
    for (const jpeg of [good[0], BROKEN, BROKEN, BROKEN, good[1]]) {
      await source.show(jpeg as Buffer);
      const isSent = async () => {
        const bytes = (await reportOf(url)).viewers[0]?.bytes ?? 0;
        return bytes > sent ? bytes : undefined;
      };
      sent = await until("it is sent", isSent);
    }
    await until("the last is seen", async () => (await colourOf(page))[2] > 200);
    assert.ok((await colourOf(page))[0] < 60);
  });

  test("a hundred looks at other tabs leave nothing behind, here or there", async (t, open) => {
    const url = await servePages(t, { cameras: makeScenes(t, 3) });
    const page = await open(url);
    await untilBadge(page, LIVE);
    const count = () => page.evaluate(() => document.querySelectorAll("*").length);
    const before = await count();
    await page.evaluate(async () => {
      let isHidden = false;
      Object.defineProperty(document, "hidden", { configurable: true, get: () => isHidden });
      const hide = (hidden: boolean) => {
        isHidden = hidden;
        document.dispatchEvent(new Event("visibilitychange"));
      };
      for (let round = 0; round < 100; round++) {
        hide(true);
        await new Promise((resolve) => setTimeout(resolve, round % 10 === 0 ? 20 : 0));
        hide(false);
      }
    });
    const names = ["one", "two", "three"];
    await Promise.all(names.map((name) => untilMoving(page, `[data-camera=${name}] .picture`)));
    for (const name of names) {
      await untilBadge(page, LIVE, `[data-camera=${name}]`);
      await until("one viewer is left", async () => (await reportOf(url, name)).viewers.length === 1);
    }
    assert.equal(page.workers().length, 1);
    assert.equal(await count(), before);
  });

  test("restarts when its worker hangs", async (t, open) => {
    const url = await servePages(t, { cameras: [makeScene(t).camera] });
    // The worker comes from a blob here, which our own pages would not load.
    const page = await open("about:blank", { bypassCSP: true });
    // Not by a debugger: what hangs in one cannot be ended.
    await page.addInitScript(() => {
      const hang = 'new BroadcastChannel("hang").onmessage = () => { for (;;); };';
      window.Worker = class extends Worker {
        constructor(url: string | URL, options?: WorkerOptions) {
          const source = new Blob([`import ${JSON.stringify(String(url))};${hang}`], { type: "text/javascript" });
          super(URL.createObjectURL(source), options);
        }
      };
    });
    await page.clock.install();
    await page.goto(url, { waitUntil: "domcontentloaded" });
    await untilMoving(page);
    await page.evaluate(() => new BroadcastChannel("hang").postMessage("now"));
    await page.clock.pauseAt(Date.now() + 3000);
    await untilBadge(page, /^(?:reconnecting|late|stalled) · \d+(?:\.\d)? s old/);
    assert.equal(await page.locator("canvas.picture").count(), 1, "it may yet come back");
    // It is given up after five seconds in which the page was not held up itself.
    await page.clock.runFor(6000);
    await page.clock.resume();
    await untilBadge(page, LIVE);
    await untilMoving(page);
    await until("the other is gone", () => page.workers().length === 1);
    assert.equal(await page.locator("canvas.picture").count(), 1);
  });

  test("takes nothing for tiles that are not on the screen", async (t, open) => {
    const url = await servePages(t, { cameras: makeScenes(t, 6) });
    const page = await open(url, { viewport: { width: 390, height: 500 } });
    await untilMoving(page, "[data-camera=one] .picture");
    await until("the last is not watched", async () => (await reportOf(url, "six")).viewers.length === 0);
    await page.locator("[data-camera=six]").scrollIntoViewIfNeeded();
    await untilMoving(page, "[data-camera=six] .picture");
    await until("the first is not watched any more", async () => (await reportOf(url, "one")).viewers.length === 0);
  });
});

/** Red, green and blue in the middle of the picture. */
async function colourOf(page: Page): Promise<[number, number, number]> {
  return await page.evaluate(() => {
    const canvas = document.querySelector("#view canvas.picture") as HTMLCanvasElement;
    const context = document.createElement("canvas").getContext("2d") as CanvasRenderingContext2D;
    context.drawImage(canvas, canvas.width / 2, canvas.height / 2, 1, 1, 0, 0, 1, 1);
    const [red = 0, green = 0, blue = 0] = context.getImageData(0, 0, 1, 1).data;
    return [red, green, blue];
  });
}
