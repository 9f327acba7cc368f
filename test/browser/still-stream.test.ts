import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { Page } from "playwright-core";
import { foreignPage } from "../support/browsers/foreign-page.ts";
import { complaintsOf, setHidden, testInBrowser, untilSeenMoving } from "../support/browsers/tab.ts";
import { makeScene } from "../support/cameras/scene.ts";
import { until } from "../support/deferred.ts";
import { recipeText } from "../support/recipe-text.ts";
import { proxyBelow } from "../support/sockets/proxies.ts";
import { serveLive } from "../support/viewers/live-client.ts";

/** What the page and its element need of our server, in the words of a strict policy. */
const policyFor = (url: string) => ({
  "Content-Security-Policy": `default-src 'none'; script-src ${url}; connect-src ${url} ${url.replace("http", "ws")}`,
});

/** A server with the cameras `door` and `yard`. */
async function serveTwo(t: TestContext) {
  const door = makeScene(t, { name: "door", title: "Front door" });
  const yard = makeScene(t, { name: "yard", title: "Yard" });
  return { ...(await serveLive(t, [door.camera, yard.camera])), door, yard };
}

/** Waits until the badge of an element reads so; gives what it reads. */
async function untilElement(page: Page, wanted: RegExp, selector = "still-stream"): Promise<string> {
  const badge = page.locator(`${selector} .badge`).first();
  await badge.filter({ hasText: wanted }).waitFor();
  return (await badge.textContent()) ?? "";
}

/** How the picture of an element comes. */
async function wayOf(page: Page, selector = "still-stream"): Promise<{ way: string; worker: boolean }> {
  return await page.locator(selector).evaluate((element) => {
    const { way, worker } = (element as unknown as { state: { way: string; worker: boolean } }).state;
    return { way, worker };
  });
}

/** How many WebSockets a page has open. */
function socketsOf(page: Page): () => number {
  let open = 0;
  page.on("websocket", (socket) => {
    open++;
    socket.on("close", () => open--);
  });
  return () => open;
}

testInBrowser("<still-stream>", (test) => {
  test("the recipe shows the camera live on a page of another origin, painted by a worker", async (t, open) => {
    const { url } = await serveTwo(t);
    const page = await open("about:blank");
    const complaints = complaintsOf(page);
    await page.goto(await foreignPage(t, await recipeText(url, "still-stream")));
    await untilElement(page, /^live · /);
    await untilSeenMoving(page, "still-stream");
    assert.deepEqual(await wayOf(page), { way: "live", worker: true });
    assert.equal(await page.getByRole("img", { name: "Live view of Front door" }).count(), 1);
    assert.deepEqual(complaints, []);
  });

  test("a script that is no module does as well, and so does one that comes after the element", async (t, open) => {
    const { url } = await serveTwo(t);
    const html = `<still-stream camera="door"></still-stream><script src="${url}/public/embed.js"></script>`;
    const page = await open(await foreignPage(t, html));
    // Without src it is the server that the script is from.
    await untilElement(page, /^live · /);
    await untilSeenMoving(page, "still-stream");
  });

  test("a strict policy that allows but that script and that connection suffices", async (t, open) => {
    const { url } = await serveTwo(t);
    const page = await open(await foreignPage(t, await recipeText(url, "still-stream"), policyFor(url)));
    await untilElement(page, /^live · /);
    await untilSeenMoving(page, "still-stream");
    // The worker is what such a policy forbids; the styles are there.
    assert.deepEqual(await wayOf(page), { way: "live", worker: false });
    const position = await page.locator("still-stream .badge").evaluate((badge) => getComputedStyle(badge).position);
    assert.equal(position, "absolute");
  });

  test("in a sandbox it needs an origin of its own, since any page can be one without", async (t, open) => {
    const { url } = await serveTwo(t);
    const inner = await foreignPage(t, await recipeText(url, "still-stream"));
    const frame = (sandbox: string) => `<iframe sandbox="${sandbox}" src="${inner}" width="400" height="300"></iframe>`;
    const page = await open(await foreignPage(t, frame("allow-scripts allow-same-origin")));
    await untilSeenMoving(page, "iframe");
    const badge = page.frameLocator("iframe").locator("still-stream .badge");
    await badge.filter({ hasText: /^live · / }).waitFor();
    const without = await open("about:blank");
    const refused = without.waitForEvent("requestfailed", (request) => request.url().endsWith("/public/embed.js"));
    await without.goto(await foreignPage(t, frame("allow-scripts")));
    await refused;
  });

  test("many share one connection, which goes with the last of them", async (t, open) => {
    const { url, report } = await serveTwo(t);
    const elements = Array.from(
      { length: 8 },
      (_, index) => `<still-stream camera="${index % 2 === 0 ? "door" : "yard"}" style="width: 200px"></still-stream>`,
    );
    const page = await open("about:blank", { viewport: { width: 900, height: 1000 } });
    const sockets = socketsOf(page);
    await page.goto(
      await foreignPage(t, `<script type="module" src="${url}/public/embed.js"></script>${elements.join("")}`),
    );
    await until("all are live", async () => {
      const badges = await page.locator("still-stream .badge").allTextContents();
      return badges.length === 8 && badges.every((text) => text.startsWith("live"));
    });
    assert.equal(sockets(), 1);
    await page.evaluate(() => {
      for (const element of [...document.querySelectorAll("still-stream")].slice(1)) element.remove();
    });
    await until(
      "one is left",
      async () => (await report("yard")).viewers.length + (await report("door")).viewers.length === 1,
    );
    assert.equal(sockets(), 1);
    await page.evaluate(() => document.querySelector("still-stream")?.remove());
    await until("nothing is left", () => sockets() === 0);
    await until("nobody watches", async () => (await report("door")).viewers.length === 0);
  });

  test("follows its attributes, and is none the worse for being moved", async (t, open) => {
    const { url, report } = await serveTwo(t);
    const page = await open(await foreignPage(t, await recipeText(url, "still-stream")));
    await untilElement(page, /^live · /);
    const set = (name: string, value: string) =>
      page
        .locator("still-stream")
        .evaluate((element, [name, value]) => element.setAttribute(name, value), [name, value] as const);
    await set("camera", "yard");
    await until("the other is watched, and it alone", async () => {
      return (await report("yard")).viewers.length === 1 && (await report("door")).viewers.length === 0;
    });
    await untilElement(page, /^live · /);
    await set("query", "?width=160");
    await until("a variant is watched", async () => (await report("yard")).viewers[0]?.variant?.includes("width=160"));
    await set("fit", "cover");
    const fit = () =>
      page
        .locator("still-stream .picture")
        .first()
        .evaluate((picture) => getComputedStyle(picture).objectFit);
    await until("it fills its place", async () => (await fit()) === "cover");
    await set("title", "The yard");
    await page.getByRole("img", { name: "Live view of The yard" }).waitFor();
    await page.evaluate(() => {
      const frame = document.body.appendChild(document.createElement("main"));
      frame.append(document.querySelector("still-stream") as Element);
    });
    await untilElement(page, /^live · /, "main still-stream");
    assert.equal((await report("yard")).viewers.length, 1);
    await set("src", "ftp://127.0.0.1/");
    await page.getByText("The attribute src is not a URL of a server.").waitFor();
    await until("nobody watches", async () => (await report("yard")).viewers.length === 0);
  });

  test("says which camera there is none of, and asks for one when none is named", async (t, open) => {
    const { url } = await serveTwo(t);
    const page = await open(
      await foreignPage(
        t,
        `<script type="module" src="${url}/public/embed.js"></script><still-stream camera="shed"></still-stream>`,
      ),
    );
    await untilElement(page, /^offline/);
    await page.getByText('Camera "shed" not found. Cameras: door, yard.').waitFor();
    await page.locator("still-stream").evaluate((element) => element.removeAttribute("camera"));
    await page.getByText("Set the attribute camera to the name of a camera.").waitFor();
  });

  test("never shows an old picture as live: when pictures cease, when the camera fails, when the server goes", async (t, open) => {
    const { url, web, door } = await serveTwo(t);
    const html = `<script>addEventListener("state", ({ detail }) => { window.said = detail; }, true);</script>${await recipeText(url, "still-stream")}`;
    const page = await open(await foreignPage(t, html));
    await untilElement(page, /^live · /);
    const said = () => page.evaluate(() => (window as unknown as { said: { mood: string; stale: boolean } }).said);
    assert.deepEqual([(await said()).mood, (await said()).stale], ["live", false]);
    door.stop();
    await untilElement(page, /^stalled · \d/);
    assert.equal((await said()).stale, true);
    const isGray = () =>
      page
        .locator("still-stream .view .picture")
        .first()
        .evaluate((picture) => getComputedStyle(picture).filter !== "none");
    assert.ok(await isGray());
    door.recover();
    await untilElement(page, /^live · /);
    await until("its colors are back", async () => !(await isGray()));
    door.fail("the door fell off");
    await untilElement(page, /^offline/);
    door.recover();
    await untilElement(page, /^live · /);
    web.server.close();
    web.cut();
    await untilElement(page, /^reconnecting/);
    assert.equal((await said()).stale, true);
  });

  test("takes nothing while it is hidden, out of sight, or paused", async (t, open) => {
    const { url, report } = await serveTwo(t);
    const html = `<script type="module" src="${url}/public/embed.js"></script><still-stream camera="door" controls></still-stream><div style="height: 5000px"></div>`;
    const page = await open(await foreignPage(t, html));
    await untilElement(page, /^live · /);
    const watched = (count: number) =>
      until(`${count} watch`, async () => (await report("door")).viewers.length === count);
    await setHidden(page, true);
    await watched(0);
    await setHidden(page, false);
    await watched(1);
    await page.evaluate(() => scrollTo(0, 4000));
    await watched(0);
    await page.evaluate(() => scrollTo(0, 0));
    await watched(1);
    await untilElement(page, /^live · /);
    await page.getByRole("button", { name: "Pause" }).click();
    await watched(0);
    await untilElement(page, /^paused/);
    await page.getByRole("button", { name: "Play" }).click();
    await untilElement(page, /^live · /);
    const snapshot = page.getByRole("link", { name: "Snapshot" });
    assert.equal(await snapshot.getAttribute("href"), `${url}/cameras/door/snapshot.jpg`);
    await page.getByRole("button", { name: "Full screen" }).click();
    await page.waitForFunction(() => document.fullscreenElement?.localName === "still-stream");
  });

  test("where no WebSocket comes through it shows a stream in an <img>", async (t, open) => {
    const { url } = await serveTwo(t);
    const base = await proxyBelow(t, url, "/cam", {}, () => false);
    const html = `<script type="module" src="${base}/public/embed.js"></script><still-stream camera="door"></still-stream>`;
    const page = await open(await foreignPage(t, html));
    await untilElement(page, /^live · /);
    await until("a stream is seen", async () => (await wayOf(page)).way === "stream");
    await untilSeenMoving(page, "still-stream");
  });

  test("is as large as the page says, and else has the shape of the picture", async (t, open) => {
    const { url } = await serveTwo(t);
    const html = `<script type="module" src="${url}/public/embed.js"></script>
      <div style="width: 320px"><still-stream id="free" camera="door"></still-stream></div>
      <still-stream id="set" camera="yard" style="width: 200px; height: 200px"></still-stream>`;
    const page = await open(await foreignPage(t, html));
    await untilElement(page, /^live · /, "#free");
    await untilElement(page, /^live · /, "#set");
    const size = (selector: string) =>
      page.locator(selector).evaluate(({ clientWidth, clientHeight }) => [clientWidth, clientHeight]);
    assert.deepEqual(await size("#free"), [320, 180]);
    assert.deepEqual(await size("#set"), [200, 200]);
    assert.deepEqual(
      await page.locator("#set .view").evaluate(({ clientWidth, clientHeight }) => [clientWidth, clientHeight]),
      [200, 200],
    );
  });

  test("the bare page is one, that fills its window and takes the query of a stream", async (t, open) => {
    const { url, report } = await serveTwo(t);
    const page = await open(`${url}/cameras/door/bare?width=320&fit=cover`, { viewport: { width: 700, height: 300 } });
    await untilElement(page, /^live · /);
    await untilSeenMoving(page, "still-stream");
    const box = await page.locator("still-stream").boundingBox();
    assert.deepEqual(box, { x: 0, y: 0, width: 700, height: 300 });
    assert.match((await report("door")).viewers[0]?.variant ?? "", /width=320/);
  });
});
