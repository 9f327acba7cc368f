import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { Page } from "playwright-core";
import { boxOf, complaintsOf, type OpenTab, setHidden, testInBrowser, untilBadge } from "../support/browsers/tab.ts";
import { type PushCamera, pushCamera, servePush } from "../support/cameras/push-camera.ts";
import { until } from "../support/deferred.ts";
import { tinyJpeg } from "../support/images/jpegs.ts";
import { sizeOf } from "../support/images/layouts.ts";
import { proxyBelow } from "../support/sockets/proxies.ts";
import { testCertificate } from "../support/sockets/tls.ts";

const FAKE_CAMERAS = ["--use-fake-device-for-media-stream=device-count=2,fps=10"];
const ALLOWED = { permissions: ["camera"], viewport: { width: 400, height: 500 } };
/** How long a page waits before it asks again for a place that another publisher has. */
const REFUSED_PAUSE_MS = 3000;
const PAGE = "/cameras/phone/publish";
const LIVE = /^live · \d+(\.\d)? fps · \d+ KB\/s · \d+(\.\d s| ms)$/;

/** A server for a phone, and where its page is. 127.0.0.1 is as good as https to a browser. */
async function serve(t: TestContext, options: Parameters<typeof pushCamera>[1] = {}) {
  const phone = pushCamera(t, options);
  return { ...phone, ...(await servePush(t, [phone])) };
}

/**
 * Opens the page with small pictures, and few: most tests are not about how many it can send.
 * `prepare` comes before its scripts.
 */
async function openQuietly(
  open: OpenTab,
  url: string,
  { path = PAGE, prepare = async (_page: Page): Promise<void> => {} } = {},
): Promise<Page> {
  const page = await open(`${url}/embed`, ALLOWED);
  const settings = JSON.stringify({ size: "320 × 240", fps: "5" });
  await page.evaluate((settings) => localStorage.setItem("stillstream publish", settings), settings);
  await prepare(page);
  await page.goto(url + path, { waitUntil: "domcontentloaded" });
  return page;
}

async function noticeOf(page: Page): Promise<string> {
  return (await page.locator(".notice").textContent()) ?? "";
}

const newest = ({ shown }: Pick<PushCamera, "shown">) => sizeOf(shown.at(-1) ?? new Uint8Array());

/** Counts in the page how many frames are in flight at most. Runs before the page's scripts. */
function countUnderWay(): void {
  const counts = { underWay: 0, most: 0 };
  Object.assign(window, { counts });
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (this: WebSocket, data) {
    counts.underWay++;
    counts.most = Math.max(counts.most, counts.underWay);
    if (!("counted" in this)) {
      Object.assign(this, { counted: true });
      this.addEventListener("message", () => counts.underWay--);
    }
    send.call(this, data);
  };
}

/** Notes in the page how often its worker is told to beat. Runs before the page's scripts. */
function noteBeats(): void {
  const beats: number[] = [];
  Object.assign(window, { beats });
  const { postMessage } = Worker.prototype;
  Object.assign(Worker.prototype, {
    postMessage(this: Worker, message: { intervalMs?: number }, transfer: Transferable[] = []) {
      if (message.intervalMs !== undefined) beats.push(message.intervalMs);
      postMessage.call(this, message, { transfer });
    },
  });
}

testInBrowser(
  "the page that makes a phone a camera",
  (test) => {
    test("publishes over https, and a second page sees it move", async (t, open) => {
      const phone = pushCamera(t);
      const { url } = await servePush(t, [phone], { tlsPem: testCertificate() });
      const page = await open("about:blank", { ...ALLOWED, ignoreHTTPSErrors: true });
      const complaints = complaintsOf(page);
      await page.clock.install();
      await page.goto(url + PAGE, { waitUntil: "domcontentloaded" });
      await untilBadge(page, LIVE);
      assert.equal(await noticeOf(page), "");
      const viewer = await open(`${url}/cameras/phone`, { ignoreHTTPSErrors: true });
      await untilBadge(viewer, /^live · /);
      await untilTurning(viewer, "#view img.picture");
      await untilTurning(page, "#preview");
      // Every half second the page reports its state again.
      for (let look = 0; look < 3; look++) {
        assert.equal(await page.locator(".stage.stale").count(), 0, "its own picture is not old");
        await page.clock.runFor(500);
      }
      assert.deepEqual(newest(phone), { width: 640, height: 480 });
      assert.equal(phone.camera.status().dropped, 0);
      assert.deepEqual(complaints, []);
    });

    test("what is chosen is what is sent, at once, and is remembered", async (t, open) => {
      const phone = await serve(t);
      const page = await open("about:blank", ALLOWED);
      await page.addInitScript(noteBeats);
      await page.goto(phone.url + PAGE, { waitUntil: "domcontentloaded" });
      const beatMs = () => page.evaluate(() => (window as unknown as { beats: number[] }).beats.at(-1));
      await untilBadge(page, LIVE);
      assert.equal(await beatMs(), 1000 / 15);
      await page.getByLabel("Maximum size").selectOption("320 × 240");
      await until("it is small", () => newest(phone)?.width === 320);
      const before = phone.shown.at(-1)?.length ?? 0;
      await page.getByLabel("Quality").fill("20");
      await until("it takes less", () => (phone.shown.at(-1)?.length ?? 0) < before * 0.8);
      await page.getByLabel("Frames per second").selectOption("2");
      assert.equal(await beatMs(), 500);
      await page.reload();
      await untilBadge(page, LIVE);
      assert.equal(await beatMs(), 500);
      assert.equal(await page.locator("output").textContent(), "20");
      assert.deepEqual(newest(phone), { width: 320, height: 240 });
    });

    test("has two frames in flight at most, however slow the server is", async (t, open) => {
      const phone = pushCamera(t, {
        parts: {
          async *open({ signal, ...context }) {
            for await (const jpeg of phone.inlet.read({ signal, ...context })) {
              yield jpeg;
              await new Promise((resolve) => setTimeout(resolve, 300));
            }
          },
        },
      });
      const { url } = await servePush(t, [phone]);
      const page = await open("about:blank", ALLOWED);
      await page.addInitScript(countUnderWay);
      await page.goto(url + PAGE);
      await until("several have come", () => phone.camera.status().frames > 5);
      const { most } = await page.evaluate(() => (window as unknown as { counts: { most: number } }).counts);
      assert.equal(most, 2);
      await untilBadge(page, LIVE);
    });

    test("stops and starts by its button, and lets the camera go", async (t, open) => {
      const { url, report, shown } = await serve(t);
      const page = await openQuietly(open, url);
      await untilBadge(page, LIVE);
      await page.getByRole("button", { name: "Stop" }).click();
      await untilBadge(page, /^stopped$/);
      await until("nobody sends", async () => (await report()).sender === null);
      assert.equal(await page.locator("#preview").evaluate((video) => (video as HTMLVideoElement).srcObject), null);
      const count = shown.length;
      assert.equal(await noticeOf(page), "Publishing is stopped.");
      await page.getByRole("button", { name: "Start" }).click();
      await untilBadge(page, LIVE);
      assert.ok(shown.length > count);
    });

    test("turns to the other camera", async (t, open) => {
      const { url } = await serve(t);
      const page = await openQuietly(open, url);
      await untilBadge(page, LIVE);
      const deviceOf = () =>
        page.locator("#preview").evaluate((video) => {
          const stream = (video as HTMLVideoElement).srcObject as MediaStream | null;
          return stream?.getVideoTracks()[0]?.getSettings().deviceId;
        });
      // Chromium's fake cameras do not say which way they look.
      const first = await deviceOf();
      await page.getByRole("button", { name: "Switch" }).click();
      await until("it shows another", async () => {
        const now = await deviceOf();
        return now !== undefined && now !== first;
      });
      await untilBadge(page, LIVE);
    });

    test("says that another sender is live, and takes the place once that has gone", async (t, open) => {
      const { url, post, shown, inlet } = await serve(t);
      const other = inlet.connect({
        publisher: { address: "10.0.0.9:5000", key: null },
        isStream: true,
        received: () => 0,
        onLost: () => {},
      });
      await other.push(tinyJpeg());
      const page = await openQuietly(open, url, { prepare: ({ clock }) => clock.install() });
      await untilBadge(page, /^refused/);
      assert.equal(await noticeOf(page), "Another publisher, 10.0.0.9:5000, is live.");
      assert.equal(shown.length, 1);
      other.end();
      await page.clock.runFor(REFUSED_PAUSE_MS);
      await untilBadge(page, LIVE);
      assert.equal((await post(tinyJpeg())).status, 409);
    });

    test("connects again by itself when the server comes back", async (t, open) => {
      const phone = pushCamera(t);
      const first = await servePush(t, [phone]);
      const { port } = new URL(first.url);
      const page = await openQuietly(open, first.url);
      await untilBadge(page, LIVE);
      void first.web.close();
      first.web.cut();
      await untilBadge(page, /^reconnecting$/);
      await until("it says why", async () => (await noticeOf(page)) === "The server does not answer.\nReconnecting…");
      const second = await servePush(t, [phone], { port: Number(port) });
      assert.equal(second.url, first.url);
      await untilBadge(page, LIVE);
      assert.equal(await noticeOf(page), "");
    });

    test("sends by requests where no WebSocket comes through, below a proxy's prefix", async (t, open) => {
      const { url, report, shown } = await serve(t);
      const proxied = await proxyBelow(t, url, "/cams", {}, () => false);
      const page = await openQuietly(open, proxied);
      await untilBadge(page, LIVE);
      const count = shown.length;
      await until("more come", () => shown.length > count + 10);
      // Each is a request of its own, and one publisher sends them all. One may be in flight while
      // they are counted.
      await until("all are counted", async () => (await report()).sender?.frames === shown.length);
      await page.getByRole("button", { name: "Stop" }).click();
      await untilBadge(page, /^stopped$/);
    });

    test("takes its own place again after a reload, at once", async (t, open) => {
      const { url, report } = await serve(t);
      const page = await openQuietly(open, url);
      await untilBadge(page, LIVE);
      const before = (await report()).sender?.key;
      await page.reload();
      await untilBadge(page, LIVE);
      assert.equal((await report()).sender?.key, before);
    });

    test("does not take turns with a copy of itself: the newer one stays", async (t, open) => {
      const { url, report } = await serve(t);
      const page = await openQuietly(open, url, { prepare: ({ clock }) => clock.install() });
      await untilBadge(page, LIVE);
      const key = await page.evaluate(() => sessionStorage.getItem("stillstream sender") ?? "");
      assert.notEqual((await report()).sender?.key, key);
      const copy = await page.context().newPage();
      // As when a tab is duplicated.
      await copy.addInitScript((key) => sessionStorage.setItem("stillstream sender", key), key);
      await copy.goto(url + PAGE);
      await untilBadge(copy, LIVE);
      await untilBadge(page, /^refused/);
      await page.clock.runFor(REFUSED_PAUSE_MS);
      const { sender } = await report();
      await until("it asks again, by another name", async () => /^Another publisher, /.test(await noticeOf(page)));
      assert.equal((await report()).sender?.since, sender?.since);
    });

    test("goes on behind another page and in the background, and on coming back", async (t, open) => {
      const { url, shown } = await serve(t);
      const page = await openQuietly(open, url);
      await untilBadge(page, LIVE);
      const more = async () => {
        const count = shown.length;
        await until("more come", () => shown.length > count + 5);
      };
      const other = await page.context().newPage();
      await other.goto(`${url}/healthz`);
      await more();
      await setHidden(page, true);
      await more();
      await setHidden(page, false);
      await untilBadge(page, LIVE);
    });

    test("says when the camera is taken away", async (t, open) => {
      const { url, report } = await serve(t);
      const page = await openQuietly(open, url);
      await untilBadge(page, LIVE);
      await page.locator("#preview").evaluate((video) => {
        const [track] = ((video as HTMLVideoElement).srcObject as MediaStream).getVideoTracks();
        track?.stop();
        track?.dispatchEvent(new Event("ended"));
      });
      await untilBadge(page, /^no camera$/);
      assert.equal(await noticeOf(page), "The camera was disconnected.");
      await until("nobody sends", async () => (await report()).sender === null);
      await page.getByRole("button", { name: "Start" }).click();
      await untilBadge(page, LIVE);
    });

    test("says over plain http what a browser wants, and the address to open", async (t, open) => {
      const phone = pushCamera(t);
      const { url } = await servePush(t, [phone]);
      const { port } = new URL(url);
      const page = await open(`http://camera.lan:${port}${PAGE}`);
      await untilBadge(page, /^no camera$/);
      assert.equal(
        await noticeOf(page),
        "Browsers allow camera access on https pages only, and this page came over http.\n" +
          `Start stillstream with --tls-self-signed, then open https://camera.lan:${port}${PAGE} and accept its certificate once.`,
      );
      assert.equal(phone.inlet.publisher, null);
      assert.equal(await page.getByRole("button", { name: "Switch" }).isVisible(), false);
    });

    test("works under a strict policy, without a complaint, and has neither style nor script in its HTML", async (t, open) => {
      const policy = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'";
      const { url } = await servePush(t, [pushCamera(t)], { headers: { "Content-Security-Policy": policy } });
      let complaints: string[] = [];
      const prepare = async (page: Page) => {
        complaints = complaintsOf(page);
      };
      const page = await openQuietly(open, url, { prepare });
      await untilBadge(page, LIVE);
      const html = await (await fetch(url + PAGE)).text();
      assert.deepEqual(complaints, []);
      assert.doesNotMatch(html, /<style|<[^>]*\s(?:style|on[a-z]+)\s*=|javascript:|\s(?:src|href)="(?:https?:)?\/\//i);
      for (const [script] of html.matchAll(/<script\b[^>]*>[^<]*/gi)) assert.match(script, /\ssrc="[^"]+">$/);
    });

    test("can be used on any screen, in either color scheme", async (t, open) => {
      const { url } = await serve(t);
      const page = await openQuietly(open, url);
      await untilBadge(page, LIVE);
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        for (const viewport of [
          { width: 390, height: 844 },
          { width: 844, height: 390 },
          { width: 1440, height: 900 },
        ]) {
          await page.setViewportSize(viewport);
          const [content, width] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
          assert.ok((content as number) <= (width as number), `${content} px in ${width}`);
          for (const selector of ["#toggle", '[href="#settings"]', "#preview"]) {
            const box = await boxOf(page, selector);
            assert.ok(box.width >= 40 && box.height >= 40, `${selector} is ${box.width} x ${box.height}`);
            const isOn = box.x >= 0 && box.y >= 0 && box.x + box.width <= viewport.width;
            assert.ok(isOn && box.y + box.height <= viewport.height, `${selector} is off screen`);
          }
          const badge = await boxOf(page, ".badge");
          assert.ok(badge.x + badge.width <= viewport.width, "the badge is on the screen");
        }
      }
    });

    test("a camera's page leads there, with a code for a phone; no other camera's page does", async (t, open) => {
      const { url } = await serve(t);
      const base = await proxyBelow(t, url, "/cams");
      const page = await openQuietly(open, base, { path: "/cameras/phone" });
      const wanted = `${base}${PAGE}`;
      await until("the field has it", async () => (await page.locator("[data-embed=publish]").inputValue()) === wanted);
      assert.equal(await page.locator("[data-embed=push]").inputValue(), `${base}/cameras/phone/frames`);
      const code = await page.locator("[data-publish-code]").getAttribute("src");
      const { renderSVG } = await import("uqr");
      assert.equal(await (await fetch(code ?? "")).text(), renderSVG(wanted, { border: 2 }));
      await page.getByRole("link", { name: "open its camera" }).click();
      await untilBadge(page, LIVE);
      await page.getByRole("link", { name: "Watch this camera" }).click();
      await page.locator("#send").waitFor();
    });

    test("says how to allow the camera", async (t, open) => {
      const { url } = await serve(t);
      const page = await open(url + PAGE);
      await untilBadge(page, /^no camera$/);
      assert.match(await noticeOf(page), /^Camera access is blocked\. Allow it in .*, then press Start\.$/);
      await page.context().grantPermissions(["camera"]);
      await page.getByRole("button", { name: "Start" }).click();
      await untilBadge(page, LIVE);
    });
  },
  FAKE_CAMERAS,
);

testInBrowser("the page that makes a phone a camera, on a computer without one", (test) => {
  test("says so", async (t, open) => {
    const { url } = await serve(t);
    const page = await open(url + PAGE, ALLOWED);
    await untilBadge(page, /^no camera$/);
    assert.equal(await noticeOf(page), "No camera was found on this device.");
  });
});

/** Waits until a picture has shown five different contents: the fake camera's disc turns. */
async function untilTurning(page: Page, selector: string): Promise<void> {
  await page.waitForFunction(
    (selector) => {
      const page = window as unknown as { seen?: Set<string> };
      page.seen ??= new Set();
      const canvas = Object.assign(document.createElement("canvas"), { width: 32, height: 24 });
      const context = canvas.getContext("2d");
      const picture = document.querySelector<HTMLImageElement>(selector);
      if (context === null || picture === null) return false;
      context.drawImage(picture, 0, 0, 32, 24);
      page.seen.add(context.getImageData(0, 0, 32, 24).data.join());
      return page.seen.size >= 5;
    },
    selector,
    { polling: 50 },
  );
}
