import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { foreignPage } from "../support/browsers/foreign-page.ts";
import { boxOf, complaintsOf, stopTime, testInBrowser, untilSeenMoving } from "../support/browsers/tab.ts";
import { makeScene, reportOf } from "../support/cameras/scene.ts";
import { until } from "../support/deferred.ts";
import { recipeText } from "../support/recipe-text.ts";
import { serve, testCamera } from "../support/serve.ts";
import { proxyBelow } from "../support/sockets/proxies.ts";

/** The server with its one camera, `door`. */
async function serveDoor(t: TestContext): Promise<string> {
  return await serve(t, { cameras: [makeScene(t, { name: "door", title: 'The "door"' }).camera] });
}

testInBrowser("embedding", (test) => {
  test("the recipe <img> shows the camera on a page of another origin", async (t, open) => {
    const url = await serveDoor(t);
    const page = await open(await foreignPage(t, await recipeText(url, "img")));
    await untilSeenMoving(page, "img");
    assert.equal(await page.locator("img").getAttribute("alt"), 'The "door"');
  });

  test("the recipe <iframe> shows the camera on a page of another origin", async (t, open) => {
    const url = await serveDoor(t);
    const page = await open(await foreignPage(t, await recipeText(url, "iframe")));
    await untilSeenMoving(page, "iframe");
  });

  test("and in a sandbox, with scripts and without, as does a stream in a frame", async (t, open) => {
    const url = await serveDoor(t);
    const recipe = await recipeText(url, "iframe");
    const sandboxed = ["", "allow-scripts"].map((rights) => recipe.replace("<iframe", `<iframe sandbox="${rights}"`));
    const stream = `<iframe sandbox src="${url}/cameras/door/video_feed?width=320" width="400" height="300"></iframe>`;
    for (const html of [...sandboxed, stream]) {
      const page = await open(await foreignPage(t, html));
      await untilSeenMoving(page, "iframe");
    }
  });

  test("the page gives every text with the address that the browser used, whatever proxy is between", async (t, open) => {
    const url = await serveDoor(t);
    const base = await proxyBelow(t, url, "/some/where");
    const page = await open(`${base}/embed`);
    const complaints = complaintsOf(page);
    const code = page.locator("#code-img-0");
    const wanted = `<img src="${base}/cameras/door/video_feed" alt="The &quot;door&quot;">`;
    await until("it is filled in", async () => (await code.textContent()) === wanted);
    // What a proxy on the same machine goes to is the server's own address, and stays.
    assert.match((await page.locator("#code-nginx-0").textContent()) ?? "", new RegExp(`proxy_pass ${url}/;`));
    for (const text of await page.locator("[data-server]").allTextContents()) assert.equal(text, base);
    await page.getByRole("link", { name: "Watch" }).click();
    await page.waitForURL(`${base}/cameras/door`, { waitUntil: "commit" });
    assert.deepEqual(complaints, []);
  });

  // One test, since all tabs of a browser share its clipboard.
  test("a button copies its text, as it is; without a clipboard, as on plain http, too", async (t, open) => {
    const url = await serveDoor(t);
    const page = await open(`${url}/cameras/door/embed`, { permissions: ["clipboard-read", "clipboard-write"] });
    const button = page.getByRole("button", { name: "Copy the text for nginx" });
    await stopTime(page);
    await button.click();
    await button.filter({ hasText: "Copied" }).waitFor();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), await recipeText(url, "nginx"));

    await page.evaluate(() => {
      Object.defineProperty(navigator, "clipboard", { value: undefined });
    });
    const other = page.getByRole("button", { name: "Copy the text for OpenCV" });
    await other.click();
    await other.filter({ hasText: "Copied" }).waitFor();
    assert.match(await page.evaluate(() => String(getSelection())), /^import cv2\n/);
  });

  test("without JavaScript the page gives texts that work, one camera at a time, and no dead controls", async (t, open) => {
    const { camera } = makeScene(t, { name: "door", title: "Front door" });
    const url = await serve(t, { cameras: [camera, makeScene(t, { name: "yard", title: "Yard" }).camera] });
    const page = await open(`${url}/embed`, { javaScriptEnabled: false });
    assert.match(
      (await page.locator("#code-img-0").textContent()) ?? "",
      new RegExp(`"${url}/cameras/door/video_feed"`),
    );
    assert.equal(await page.locator("button:visible").count(), 0);
    await page.getByRole("link", { name: "Yard", exact: true }).click();
    await page.waitForURL(`${url}/cameras/yard/embed`, { waitUntil: "commit" });
    assert.match(
      (await page.locator("#code-img-0").textContent()) ?? "",
      new RegExp(`"${url}/cameras/yard/video_feed"`),
    );
  });

  test("the page does not scroll sideways on a phone", async (t, open) => {
    const page = await open(`${await serveDoor(t)}/embed`, { viewport: { width: 360, height: 740 } });
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  });

  test("without JavaScript the bare page fills its window, and takes the query of a stream", async (t, open) => {
    const url = await serve(t, { cameras: [makeScene(t, { name: "door", width: 1600, height: 1200 }).camera] });
    const options = { viewport: { width: 700, height: 300 }, javaScriptEnabled: false };
    const page = await open(`${url}/cameras/door/bare?width=320&fit=cover`, options);
    await untilSeenMoving(page, "img");
    assert.deepEqual(await boxOf(page, "img"), { x: 0, y: 0, width: 700, height: 300 });
    const [viewer] = (await reportOf(url, "door")).viewers;
    assert.equal(viewer?.variant, "width=320");
    for (const query of ["fit=fill", "width=-1"]) {
      assert.equal((await fetch(`${url}/cameras/door/bare?${query}`)).status, 400);
    }
  });

  test("nothing that a client says of itself becomes part of the page", async (t) => {
    const camera = testCamera(t, { name: "door", title: "</code><script>", async *open() {} });
    const url = await serve(t, { cameras: [camera] });
    for (const path of ["/embed", '/cameras/door/bare?x="><script>']) {
      const html = await (await fetch(url + path)).text();
      assert.doesNotMatch(html, /<script>/);
    }
  });
});
