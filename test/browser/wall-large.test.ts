import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { boxOf, testInBrowser, untilBadge, untilMoving } from "../support/browsers/tab.ts";
import { makeScene, makeScenes, reportOf } from "../support/cameras/scene.ts";
import { until } from "../support/deferred.ts";
import { servePages } from "../support/serve-pages.ts";

const DESKTOP = { width: 1280, height: 800 };
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

const largeOf = (page: Page) =>
  page.evaluate(() => document.querySelector<HTMLElement>("#large")?.dataset["camera"] ?? "");
const focusedOf = (page: Page) =>
  page.evaluate(() => (document.activeElement as HTMLElement | null)?.dataset["camera"] ?? "");

async function untilLarge(page: Page, name: string): Promise<void> {
  await until(`"${name}" is large`, async () => (await largeOf(page)) === name);
}

testInBrowser("a camera enlarged on the wall", (test) => {
  test("fills the window, alone takes pictures, and Escape, the back button and a tap lead back", async (t, open) => {
    const url = await servePages(t, { cameras: makeScenes(t, 3) });
    const page = await open(url, { viewport: DESKTOP });
    for (const back of [
      () => page.keyboard.press("Escape"),
      () => page.goBack(),
      () => page.locator("#large .view").click({ position: { x: 300, y: 300 } }),
      () => page.getByRole("button", { name: "All cameras" }).click(),
    ]) {
      await untilMoving(page, "[data-camera=two] .picture");
      await page.locator(".tile[data-camera=two]").click();
      await untilLarge(page, "two");
      await untilMoving(page, "#large .picture");
      await untilBadge(page, /^live · /, "#large");
      const { width, height } = await boxOf(page, "#large .view");
      assert.ok(width === DESKTOP.width && height > DESKTOP.height * 0.9, `${width} × ${height}`);
      assert.equal(new URL(page.url()).hash, "#two");
      assert.match(await page.title(), /^two · /);
      await until("nobody watches the others", async () => (await reportOf(url, "one")).viewers.length === 0);
      await back();
      await untilLarge(page, "");
      assert.equal(new URL(page.url()).hash, "");
      await untilMoving(page, "[data-camera=one] .picture");
    }
    assert.equal(await page.locator("canvas.picture").count(), 3);
  });

  test("is reached and left by keys alone", async (t, open) => {
    const page = await open(await servePages(t, { cameras: makeScenes(t, 6) }), { viewport: DESKTOP });
    await untilMoving(page, "[data-camera=one] .picture");
    await page.keyboard.press("ArrowRight");
    assert.equal(await focusedOf(page), "one");
    await page.keyboard.press("ArrowRight");
    assert.equal(await focusedOf(page), "two");
    await page.keyboard.press("ArrowDown");
    assert.equal(await focusedOf(page), "five");
    await page.keyboard.press("ArrowLeft");
    assert.equal(await focusedOf(page), "four");
    await page.keyboard.press("Enter");
    await untilLarge(page, "four");
    await page.keyboard.press("ArrowRight");
    await untilLarge(page, "five");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    await untilLarge(page, "one");
    await page.keyboard.press("3");
    await untilLarge(page, "three");
    await untilMoving(page, "#large .picture");
    await page.keyboard.press("f");
    await until("it is in full screen", () => page.evaluate(() => document.fullscreenElement?.id === "large"));
    await page.keyboard.press("f");
    await until("it is not any more", () => page.evaluate(() => document.fullscreenElement === null));
    await page.keyboard.press("Escape");
    await untilLarge(page, "");
    assert.equal(await focusedOf(page), "three");
  });

  test("gives way to its neighbor by a swipe, and to the wall by a tap", async (t, open) => {
    const page = await open(await servePages(t, { cameras: makeScenes(t, 3) }), PHONE);
    await untilMoving(page, "[data-camera=one] .picture");
    await page.locator(".tile[data-camera=one]").tap();
    await untilLarge(page, "one");
    await untilMoving(page, "#large .picture");
    await swipe(page, -1);
    await untilLarge(page, "two");
    await untilMoving(page, "#large .picture");
    await swipe(page, 1);
    await untilLarge(page, "one");
    await page.locator("#large .view").tap();
    await untilLarge(page, "");
  });

  test("is large again when the page is opened again; so are the columns that were chosen", async (t, open) => {
    const url = await servePages(t, { cameras: makeScenes(t, 4) });
    const page = await open(url, { viewport: DESKTOP });
    const columns = () =>
      page.evaluate(
        () => getComputedStyle(document.querySelector("#wall") as Element).gridTemplateColumns.split(" ").length,
      );
    await page.getByLabel("Columns").selectOption("4");
    await until("there are four columns", async () => (await columns()) === 4);
    await page.locator(".tile[data-camera=three]").click();
    await untilLarge(page, "three");
    await page.goto(url, { waitUntil: "domcontentloaded" });
    await untilLarge(page, "three");
    await untilMoving(page, "#large .picture");
    await page.keyboard.press("Escape");
    await untilLarge(page, "");
    assert.equal(await columns(), 4);
    await page.goto(url, { waitUntil: "domcontentloaded" });
    await untilMoving(page, "[data-camera=one] .picture");
    assert.equal(await largeOf(page), "");
    await page.goto(`${url}/#two`, { waitUntil: "domcontentloaded" });
    await page.reload({ waitUntil: "domcontentloaded" });
    await untilLarge(page, "two");
  });

  test("works where the browser keeps nothing", async (t, open) => {
    const page = await open("about:blank");
    await page.addInitScript(() => {
      Object.defineProperty(window, "localStorage", {
        get() {
          throw new DOMException("not here", "SecurityError");
        },
      });
    });
    await page.goto(await servePages(t, { cameras: makeScenes(t, 2) }), { waitUntil: "domcontentloaded" });
    await page.locator(".tile[data-camera=two]").click();
    await untilLarge(page, "two");
    await untilMoving(page, "#large .picture");
  });

  test("says what is wrong with it, and the wall how many are gone", async (t, open) => {
    const broken = makeScene(t, { name: "shed", title: "shed" });
    broken.fail("the shed burned down");
    const cameras = [...makeScenes(t, 2), broken.camera] as ReturnType<typeof makeScenes>;
    const page = await open(await servePages(t, { cameras }), { viewport: DESKTOP });
    await page.locator("#count", { hasText: "3 cameras, 1 offline" }).waitFor();
    await page.keyboard.press("3");
    await untilBadge(page, /^offline/, "#large");
    assert.match((await page.locator("#large .notice").textContent()) ?? "", /the shed burned down/i);
    broken.recover();
    await untilBadge(page, /^live/, "#large");
    await untilMoving(page, "#large .picture");
  });

  test("leaves links that are opened elsewhere to the browser", async (t, open) => {
    const url = await servePages(t, { cameras: makeScenes(t, 2) });
    const page = await open(url);
    await untilMoving(page, "[data-camera=one] .picture");
    const [other] = await Promise.all([
      page.context().waitForEvent("page"),
      page.locator(".tile[data-camera=one]").click({ modifiers: ["ControlOrMeta"] }),
    ]);
    await other.waitForURL(`${url}/cameras/one`, { waitUntil: "commit" });
    assert.equal(await largeOf(page), "");
  });
});

/** A finger that goes over the large picture, to the right (1) or the left (-1). */
async function swipe(page: Page, direction: 1 | -1): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const touch = (type: "touchStart" | "touchMove" | "touchEnd", x: number) =>
    session.send("Input.dispatchTouchEvent", { type, touchPoints: type === "touchEnd" ? [] : [{ x, y: 400 }] });
  const from = 195 - direction * 120;
  await touch("touchStart", from);
  for (let step = 1; step <= 6; step++) await touch("touchMove", from + direction * 40 * step);
  // Held before it is lifted: the browser takes a tap after a fling for the end of that.
  await page.waitForTimeout(200);
  await touch("touchEnd", from + direction * 240);
}
