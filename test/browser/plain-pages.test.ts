import assert from "node:assert/strict";
import { type PasswordHash, parsePasswordHash } from "../../src/auth/password-hash.ts";
import { Users } from "../../src/auth/users.ts";
import { Authenticator } from "../../src/http/access/authenticator.ts";
import { Gate } from "../../src/http/access/gate.ts";
import {
  boxOf,
  complaintsOf,
  REFUSED,
  testInBrowser,
  untilBadge,
  untilMoving,
  untilSeenMoving,
} from "../support/browsers/tab.ts";
import { makeScene, makeScenes, reportOf } from "../support/cameras/scene.ts";
import { until } from "../support/deferred.ts";
import { servePages } from "../support/serve-pages.ts";
import { proxyBelow } from "../support/sockets/proxies.ts";

/** As a browser that navigates says it. */
const NAVIGATION = { Accept: "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8" };

/** What a careful operator lets his proxy send; `data:` is what ends a stream in Chromium. */
const STRICT = {
  "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'",
};

testInBrowser("plain pages", (test) => {
  test("no page complains, even under a strict policy", async (t, open) => {
    const one = await proxyBelow(t, await servePages(t, { cameras: [makeScene(t).camera] }), "/cam", STRICT);
    const six = await proxyBelow(t, await servePages(t, { cameras: makeScenes(t, 6) }), "/cam", STRICT);
    const three = await proxyBelow(t, await servePages(t, { cameras: makeScenes(t, 3) }), "/cam", STRICT);
    const page = await open("about:blank");
    const complaints = complaintsOf(page);
    for (const url of [`${one}/`, `${three}/`, `${six}/`, `${six}/cameras/two`, `${one}/cameras/porch/bare`]) {
      await page.goto(url, { waitUntil: "domcontentloaded" });
      await untilBadge(page, /^live · /);
    }
    await page.goto(`${one}/video_feed`, { waitUntil: "domcontentloaded" });
    await untilMoving(page, "img");
    await page.goto(`${one}/embed`);
    await page.goto(`${one}/doctor`);
    await page.locator("#verdict:not([data-level=''])").waitFor();
    await page.goto(`${one}/nowhere`);
    // This proxy lets no WebSocket through: the doctor tries one on the page, the others in their
    // workers.
    const isExpected = (complaint: string) =>
      REFUSED.test(complaint) || complaint.startsWith("WebSocket connection to");
    assert.deepEqual(
      complaints.filter((complaint) => !isExpected(complaint)),
      [],
    );
  });

  test("without JavaScript a camera's page shows the stream and addresses that work, and no dead controls", async (t, open) => {
    const url = await servePages(t, { cameras: [makeScene(t).camera] });
    const page = await open(url, { javaScriptEnabled: false });
    await untilSeenMoving(page, "#view");
    assert.equal(await page.locator("[data-embed=stream]").inputValue(), `${url}/cameras/porch/video_feed`);
    assert.equal(await page.locator("[data-embed=snapshot]").inputValue(), `${url}/cameras/porch/snapshot.jpg`);
    assert.equal(await page.locator("[data-embed=page]").inputValue(), `${url}/cameras/porch`);
    assert.equal(await page.locator(".needs-js:visible").count(), 0);
    assert.equal(await page.locator("button:visible").count(), 0);
    assert.equal((await reportOf(url)).viewers.length, 1);
  });

  test("without JavaScript the wall streams three, and its tiles lead to the cameras", async (t, open) => {
    const url = await servePages(t, { cameras: makeScenes(t, 3) });
    const page = await open(url, { javaScriptEnabled: false });
    for (const name of ["one", "two", "three"]) await untilSeenMoving(page, `[data-camera=${name}] .view`);
    await page.locator("[data-camera=two]").click();
    await page.waitForURL(`${url}/cameras/two`, { waitUntil: "commit" });
    await untilSeenMoving(page, "#view");
  });

  test("without JavaScript the wall of six shows a picture of each", async (t, open) => {
    const url = await servePages(t, { cameras: makeScenes(t, 6) });
    const page = await open(url, { javaScriptEnabled: false });
    const pictures = page.locator(".tile img:visible");
    await until("all are there", async () => {
      const widths = await pictures.evaluateAll((images) =>
        images.map((image) => (image as HTMLImageElement).naturalWidth),
      );
      return widths.length === 6 && widths.every((width) => width === 640);
    });
  });
  test("a stream's own address shows it alone, as large as the window, without scroll bars", async (t, open) => {
    const url = await servePages(t, { cameras: [makeScene(t, { width: 1600, height: 1200 }).camera] });
    const page = await open("about:blank", { viewport: { width: 700, height: 400 } });
    for (const path of ["/video_feed", "/cameras/porch/video_feed", "/stream.mjpg?_=1608"]) {
      await page.goto(url + path, { waitUntil: "domcontentloaded" });
      await untilMoving(page, "img");
      assert.deepEqual(await boxOf(page, "img"), { x: 0, y: 0, width: 700, height: 400 });
      const overflow = await page.evaluate(() => {
        const { scrollWidth, scrollHeight, clientWidth, clientHeight } = document.documentElement;
        return [
          scrollWidth - innerWidth,
          scrollHeight - innerHeight,
          innerWidth - clientWidth,
          innerHeight - clientHeight,
        ];
      });
      assert.deepEqual(overflow, [0, 0, 0, 0]);
      assert.equal(await page.locator("body *").count(), 1);
    }
  });

  test("an error page says in a sentence what is wrong and leads to the cameras", async (t, open) => {
    const broken = makeScene(t, { name: "shed", title: "The shed" });
    broken.fail("the shed burned down");
    broken.camera.subscribe(new AbortController().signal);
    await until("it has failed", () => broken.camera.status().lastError);
    const cameras = [...makeScenes(t, 2), broken.camera] as ReturnType<typeof makeScenes>;
    const base = await proxyBelow(t, await servePages(t, { cameras, snapshotTimeoutMs: 100 }), "/cam");
    const page = await open("about:blank");
    for (const [path, status, words] of [
      ["/nowhere", 404, /Not found: \/nowhere\./],
      ["/a/b/c/", 404, /Not found: \/a\/b\/c\/\./],
      ["/cameras/nobody", 404, /Camera "nobody" not found\. Cameras: one, two, shed\./],
      ["/cameras/one/video_feed?fps=-1", 400, /fps/],
      ["/cameras/shed/snapshot.jpg?strict", 503, /No frame of The shed came in 0\.1 s: the shed burned down/i],
      ["/cameras/%E0%A4%A", 400, /its URL or headers are malformed/],
    ] as const) {
      const response = await page.goto(base + path);
      assert.equal(response?.status(), status);
      assert.match((await page.locator(".error-message").textContent()) ?? "", words);
      const image = page.locator(".mark");
      assert.ok(await image.evaluate((image) => (image as HTMLImageElement).naturalWidth > 0), `${path} has its image`);
      const link = page.getByRole("link", { name: "Go to the cameras" });
      assert.equal(await link.evaluate((link) => (link as HTMLAnchorElement).href), `${base}/`);
    }
    await page.getByRole("link", { name: "Go to the cameras" }).click();
    await untilBadge(page, /^live/);
  });

  test("the page of an error says what it means and what to do, and shows a refused client nothing else", async (t, open) => {
    const users = new Users([
      { name: "owner", passwordHash: parsePasswordHash("plugh") as PasswordHash, storedText: "plugh" },
    ]);
    const authenticator = new Authenticator({ users, key: () => Buffer.alloc(32, 7), realm: "House" });
    const locked = await servePages(t, { cameras: makeScenes(t, 2), gate: new Gate({}, authenticator) });
    const page = await open("about:blank");
    /**
     * A browser shows it once nobody has answered its own question for a password, and headless
     * there is nobody.
     */
    const show = async (url: string, headers: Record<string, string> = {}) => {
      const answer = await fetch(url, { headers: { ...NAVIGATION, ...headers } });
      const body = await answer.text();
      await page.route(url, (route) => route.fulfill({ status: answer.status, contentType: "text/html", body }));
      const asked: string[] = [];
      page.on("request", (request) => asked.push(request.url()));
      await page.goto(url);
      page.removeAllListeners("request");
      const way = page.getByRole("link");
      const href = (await way.count()) === 0 ? "" : await way.evaluate((link) => (link as HTMLAnchorElement).href);
      return {
        status: answer.status,
        heading: await page.getByRole("heading").textContent(),
        href,
        others: asked.length - 1,
      };
    };
    const needed = await show(`${locked}/cameras/one`);
    assert.deepEqual([needed.status, needed.heading], [401, "Sign in required"]);
    assert.equal(needed.href, `${locked}/cameras/one`);
    const bad = await show(`${locked}/cameras/one?token=x`);
    assert.deepEqual([bad.status, bad.heading, bad.href], [401, "This link is not valid", `${locked}/cameras/one?`]);
    for (let count = 0; count < 10; count++) await fetch(`${locked}/?token=${count}`);
    const many = await show(`${locked}/?token=y`);
    assert.deepEqual([many.status, many.heading, many.href], [429, "Too many requests", `${locked}/?token=y`]);
    const shut = await servePages(t, { cameras: makeScenes(t, 2) });
    const refused = await show(`${shut}/`, { "X-Forwarded-For": "203.0.113.7" });
    assert.deepEqual([refused.status, refused.heading], [403, "Access denied"]);
    assert.deepEqual([refused.href, refused.others], ["", 0]);
  });

  test("no page has a style or a script within its HTML", async (t) => {
    const one = await servePages(t, { cameras: [makeScene(t).camera] });
    const six = await servePages(t, { cameras: makeScenes(t, 6) });
    const paths = ["", "cameras/porch/bare", "embed", "doctor", "video_feed", "nowhere"].map(
      (path) => `${one}/${path}`,
    );
    for (const url of [...paths, `${six}/`, `${six}/cameras/two`]) {
      const html = await (await fetch(url, { headers: NAVIGATION })).text();
      assert.match(html, /^<!doctype html>/);
      assert.doesNotMatch(html, /<style|<[^>]*\s(?:style|on[a-z]+)\s*=|javascript:/i);
      for (const [script] of html.matchAll(/<script\b[^>]*>[^<]*/gi)) assert.match(script, /\ssrc="[^"]+">$/);
      // Nor anything from elsewhere.
      assert.doesNotMatch(html, /\s(?:src|href)="(?:https?:)?\/\//);
    }
  });
});
