import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { Page } from "playwright-core";
import { CameraSet } from "../../src/core/camera-set.ts";
import { createTestApp } from "../support/app.ts";
import { testInBrowser, untilBadge, untilMoving } from "../support/browsers/tab.ts";
import { makeScene, makeScenes } from "../support/cameras/scene.ts";
import { until } from "../support/deferred.ts";
import { listen } from "../support/serve.ts";
import { servePages } from "../support/serve-pages.ts";

const LIVE = /^live · /;
const namesOn = (page: Page) =>
  page.locator(".wall .tile").evaluateAll((tiles) => tiles.map((tile) => (tile as HTMLElement).dataset["camera"]));

testInBrowser("pages of a server whose cameras change", (test) => {
  test("a wall shows cameras that come and lets go those that go, in their order, and leaves the others alone", async (t, open) => {
    const [first, second, third] = makeScenes(t, 3);
    assert.ok(first !== undefined && second !== undefined && third !== undefined);
    const set = new CameraSet([first, second]);
    const page = await open(await servePages(t, { cameras: set }));
    for (const { name } of [first, second]) await untilBadge(page, LIVE, `[data-camera=${name}]`);
    // A canvas that was handed to a worker stays the same as long as nobody disturbs its player.
    await page.evaluate(`window.kept = document.querySelector("[data-camera=${second.name}] canvas.picture")`);

    set.replace([third, second]);
    await until("one has come and one has gone", async () => {
      return JSON.stringify(await namesOn(page)) === JSON.stringify([third.name, second.name]);
    });
    await untilMoving(page, `[data-camera=${third.name}] .picture`);
    await untilBadge(page, LIVE, `[data-camera=${second.name}]`);
    assert.equal(await page.evaluate("document.contains(kept)"), true);
    assert.match((await page.locator("#count").textContent()) ?? "", /^2 cameras/);
    await until("nobody watches what has gone", () => first.status().state === "idle" || !first.isOnline);

    set.replace([second]);
    await until("one is left", async () => (await namesOn(page)).length === 1);
    assert.match((await page.locator("#count").textContent()) ?? "", /^1 camera$/);
    await untilMoving(page, `[data-camera=${second.name}] .picture`);
    set.replace([second, first, third]);
    await until("they are back", async () => (await namesOn(page)).length === 3);
    await untilMoving(page, `[data-camera=${first.name}] .picture`);
    // It behaves as those that the page came with.
    await page.locator(`.tile[data-camera=${first.name}]`).click();
    await untilMoving(page, "#large .picture");
    set.replace([second, third]);
    await until("the wall is back when the large one goes", () => page.locator("#large").isHidden());
    await untilMoving(page, `[data-camera=${third.name}] .picture`);
  });

  test("a wall calls a camera by its new title", async (t, open) => {
    const [first, second] = makeScenes(t, 2);
    assert.ok(first !== undefined && second !== undefined);
    const set = new CameraSet([first, second]);
    const page = await open(await servePages(t, { cameras: set }));
    await untilMoving(page, `[data-camera=${first.name}] .picture`);
    first.change({ title: "Hinterhof" });
    set.replace([first, second]);
    await until("it is called so", async () => {
      return (await page.locator(`[data-camera=${first.name}] h2`).textContent()) === "Hinterhof";
    });
  });

  test("a wall without WebSockets follows too", async (t, open) => {
    const [first, second, third] = makeScenes(t, 3);
    assert.ok(first !== undefined && second !== undefined && third !== undefined);
    const set = new CameraSet([first, second]);
    const page = await open(await listen(t, createServer(createTestApp({ cameras: set }))));
    await untilBadge(page, LIVE, `[data-camera=${first.name}]`);
    set.replace([third, second]);
    await until("one has come and one has gone", async () => {
      return JSON.stringify(await namesOn(page)) === JSON.stringify([third.name, second.name]);
    });
    await untilBadge(page, LIVE, `[data-camera=${third.name}]`);
  });

  for (const way of ["over /live", "without WebSockets"] as const) {
    test(`the page of a camera that has gone says so in a sentence, and shows it again when it is back, ${way}`, async (t, open) => {
      const { camera } = makeScene(t);
      const { camera: other } = makeScene(t, { name: "yard" });
      const set = new CameraSet([camera, other]);
      const url =
        way === "over /live"
          ? await servePages(t, { cameras: set })
          : await listen(t, createServer(createTestApp({ cameras: set })));
      const page = await open(`${url}/cameras/porch`);
      await untilBadge(page, LIVE);
      set.replace([other]);
      await camera.close();
      await untilBadge(page, /^offline/);
      assert.equal(await page.locator("#view .notice").textContent(), 'Camera "porch" not found. Cameras: yard.');
      set.replace([makeScene(t).camera, other]);
      await untilBadge(page, LIVE);
    });
  }
});
