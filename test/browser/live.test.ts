import assert from "node:assert/strict";
import { once } from "node:events";
import type { Page } from "playwright-core";
import sharp from "sharp";
import { pageFiles } from "../../src/http/shared/page-files.ts";
import { complaintsOf, setHidden, testInBrowser, untilBadge, untilMoving } from "../support/browsers/tab.ts";
import { handSource } from "../support/cameras/hand-source.ts";
import { makeScene, makeScenes, reportOf } from "../support/cameras/scene.ts";
import { until } from "../support/deferred.ts";
import { startProgram } from "../support/programs/program.ts";
import { testCamera } from "../support/serve.ts";
import { servePages } from "../support/serve-pages.ts";
import { badNetwork, proxyBelow } from "../support/sockets/proxies.ts";

const LIVE = /^live · /;
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
    for (const { name } of cameras) await untilMoving(page, `[data-camera=${name}] .picture`);
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
    const ticking = setInterval(() => void page.clock.runFor(500).catch(() => {}), 100);
    t.after(() => clearInterval(ticking));
    await until("they are snapshots", async () => (await wayOf(page)) === "snapshots", 40_000);
    await untilMoving(page);
  });

  test("shows a picture past two seconds as old, with its age, when the network falls silent", async (t, open) => {
    const network = await badNetwork(t, await servePages(t, { cameras: [makeScene(t, { fps: 10 }).camera] }));
    const page = await open(network.url);
    await untilMoving(page);
    await untilBadge(page, LIVE);
    await page.evaluate(() => {
      const stage = document.querySelector(".view") as HTMLElement;
      new MutationObserver(() => {
        if (stage.classList.contains("stale"))
          Object.assign(window, { staleAt: (window as never as { staleAt?: number }).staleAt ?? Date.now() });
      }).observe(stage, { attributes: true });
    });
    const frozenAt = Date.now();
    network.freeze();
    await untilBadge(page, /^(?:reconnecting|stalled|late) · \d\.\d s old$/);
    const staleAt = await page.evaluate(() => (window as never as { staleAt: number }).staleAt);
    // Two seconds and a quarter by design; the rest is the machine's.
    assert.ok(staleAt - frozenAt < 8000, `it looked live for ${staleAt - frozenAt} ms`);
    assert.ok(staleAt - frozenAt > 1200, `it looked old after ${staleAt - frozenAt} ms`);
  });

  test("does not call a slow camera old by its own interval", async (t, open) => {
    const page = await open(await servePages(t, { cameras: [makeScene(t, { fps: 0.3 }).camera] }));
    await untilMoving(page);
    const mood = async () => (await page.locator(".badge-state").textContent()) ?? "";
    // Its interval is known once its second picture is painted, and the badge tells so a moment
    // later.
    await until("it is known to be live", async () => (await mood()) === "live");
    const moods = new Set<string>();
    const settled = performance.now() + 7000;
    await until("two more came", async () => {
      moods.add(await mood());
      return performance.now() > settled;
    });
    assert.deepEqual([...moods], ["live"]);
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
    const page = await open(await servePages(t, { cameras: [camera] }));
    for (const jpeg of [good[0], BROKEN, BROKEN, BROKEN, good[1]]) {
      await source.show(jpeg as Buffer);
      await page.waitForTimeout(100);
    }
    await until("the last is seen", async () => (await colourOf(page))[2] > 200);
    assert.ok((await colourOf(page))[0] < 60);
  });

  test("is live again by itself once the server is back", async (t, open) => {
    const first = await startProgram(t, ["fake#fps=10"]);
    const page = await open(first.url);
    await untilBadge(page, LIVE);
    first.process.kill("SIGKILL");
    await once(first.process, "close");
    await untilBadge(page, /^reconnecting/);
    await startProgram(t, ["fake#fps=10", "--port", new URL(first.url).port]);
    const backAt = performance.now();
    await untilBadge(page, LIVE);
    t.diagnostic(`live ${Math.round(performance.now() - backAt)} ms after it listened again`);
    // 3 s on a machine with nothing else to do.
    assert.ok(performance.now() - backAt < 15_000, `it took ${performance.now() - backAt} ms`);
    assert.equal(await wayOf(page), "canvas");
  });

  test("a hundred looks at other tabs leave nothing behind, here or there", async (t, open) => {
    const url = await servePages(t, { cameras: makeScenes(t, 3) });
    const page = await open(url);
    await untilBadge(page, LIVE);
    const count = () => page.evaluate(() => document.querySelectorAll("*").length);
    const before = await count();
    for (let round = 0; round < 100; round++) {
      await setHidden(page, true);
      if (round % 10 === 0) await page.waitForTimeout(20);
      await setHidden(page, false);
    }
    for (const name of ["one", "two", "three"]) {
      await untilMoving(page, `[data-camera=${name}] .picture`);
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
    await page.goto(url, { waitUntil: "domcontentloaded" });
    await untilMoving(page);
    await page.evaluate(() => new BroadcastChannel("hang").postMessage("now"));
    await untilBadge(page, /^(?:reconnecting|late|stalled) · \d\.\d s old/);
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
