import assert from "node:assert/strict";
import { createServer } from "node:http";
import { createTestApp } from "../support/app.ts";
import { openWithTime } from "../support/browsers/page-time.ts";
import { setHidden, testInBrowser, untilBadge, untilMoving } from "../support/browsers/tab.ts";
import { makeScene, makeScenes, reportOf } from "../support/cameras/scene.ts";
import { until } from "../support/deferred.ts";
import { listen } from "../support/serve.ts";
import { servePages } from "../support/serve-pages.ts";

const LIVE = /^live · /;
const pictureOf = (name: string) => `[data-camera=${name}] .picture`;

testInBrowser("the wall of cameras", (test) => {
  test("shows three while it is seen, and each leads to its camera's page", async (t, open) => {
    const cameras = makeScenes(t, 3);
    const url = await servePages(t, { cameras });
    const page = await open(url);
    for (const { name } of cameras) {
      await untilMoving(page, pictureOf(name));
      await untilBadge(page, LIVE, `[data-camera=${name}]`);
      assert.equal((await reportOf(url, name)).viewers.length, 1);
    }
    await setHidden(page, true);
    for (const { name } of cameras) {
      await until("nobody watches", async () => (await reportOf(url, name)).viewers.length === 0);
    }
    await setHidden(page, false);
    for (const { name } of cameras) {
      await page.locator(`.tile[data-camera=${name}]`).click();
      const details = page.getByRole("link", { name: "Details" });
      await until("it leads there", async () => (await details.getAttribute("href"))?.endsWith(`cameras/${name}`));
      if (name === "two") {
        await details.click();
        await page.waitForURL(`${url}/cameras/two`, { waitUntil: "commit" });
        await untilMoving(page);
        await page.goBack({ waitUntil: "domcontentloaded" });
        // As it was left.
        await untilMoving(page, "#large .picture");
      }
      await page.keyboard.press("Escape");
      await untilMoving(page, pictureOf(name));
    }
  });

  test("shows six by snapshots where no WebSocket comes through, three at a time, and leaves room for other requests", async (t, open) => {
    const cameras = makeScenes(t, 6);
    const app = createTestApp({ cameras });
    const held: (() => void)[] = [];
    let [isHeld, now, most, snapshots] = [true, 0, 0, 0];
    const counting = createServer((request, response) => {
      const answer = () => app(request, response);
      if (!/\/(?:snapshot\.jpg|video_feed)/.test(request.url ?? "")) return answer();
      snapshots += 1;
      now += 1;
      most = Math.max(most, now);
      response.once("close", () => {
        now -= 1;
      });
      if (isHeld) held.push(answer);
      else answer();
    });
    const time = await openWithTime(open, await listen(t, counting));
    const { page } = time;
    await until("three are asked for", () => now === 3);
    const asked = await page.evaluate(async () => (await (await fetch("api/cameras")).json()).cameras.length);
    assert.equal(asked, 6);
    isHeld = false;
    for (const answer of held) answer();
    await Promise.all(
      cameras.map(async ({ name }) => {
        await untilMoving(page, pictureOf(name));
        await untilBadge(page, LIVE, `[data-camera=${name}]`);
      }),
    );
    assert.ok(snapshots >= 18);
    assert.equal(most, 3);

    await setHidden(page, true);
    await until("the last one came", () => now === 0);
    const before = snapshots;
    await time.pass(5000);
    assert.equal(snapshots, before);
  });

  test("says of a failing camera why, and goes on showing the others", async (t, open) => {
    const broken = makeScene(t, { name: "shed", title: "shed" });
    broken.fail("the shed burned down");
    const cameras = [...makeScenes(t, 2), broken.camera] as ReturnType<typeof makeScenes>;
    const page = await open(await servePages(t, { cameras }));
    await untilBadge(page, /^offline$/, "[data-camera=shed]");
    assert.match((await page.locator("[data-camera=shed] .notice").textContent()) ?? "", /the shed burned down/i);
    await page.locator("[data-camera=shed].carded:not(.stale)").waitFor();
    for (const name of ["one", "two"]) {
      await untilMoving(page, pictureOf(name));
      await untilBadge(page, LIVE, `[data-camera=${name}]`);
    }
    broken.recover();
    await untilMoving(page, pictureOf("shed"));
    await untilBadge(page, LIVE, "[data-camera=shed]");
  });

  test("of six goes on showing the others while two give nothing", async (t, open) => {
    const broken = ["shed", "roof"].map((name) => makeScene(t, { name, title: name }));
    for (const scene of broken) scene.fail("the bridge is down");
    const cameras = [...broken.map(({ camera }) => camera), ...makeScenes(t, 4)] as ReturnType<typeof makeScenes>;
    const page = await open(await servePages(t, { cameras, snapshotTimeoutMs: 1000 }));
    for (const name of ["one", "two", "three", "four"]) await untilMoving(page, pictureOf(name));
    await untilBadge(page, /^offline/, "[data-camera=shed]");
    await page.locator("[data-camera=shed].carded:not(.stale)").waitFor();
    for (const scene of broken) scene.recover();
    await untilMoving(page, pictureOf("roof"));
    await untilBadge(page, LIVE, "[data-camera=roof]");
  });
});
