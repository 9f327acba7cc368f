import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import sharp from "sharp";
import { boxOf, PICTURE, testInBrowser, untilBadge, untilMoving } from "../support/browsers/tab.ts";
import { makeScene, makeScenes } from "../support/cameras/scene.ts";
import { until } from "../support/deferred.ts";
import { servePages } from "../support/serve-pages.ts";

const PORTRAIT = { width: 390, height: 844 };
const LANDSCAPE = { width: 844, height: 390 };
const DESKTOP = { width: 1440, height: 900 };
const SCREENS = [PORTRAIT, LANDSCAPE, DESKTOP];
/** Longer than fits anywhere. */
const LONG = "The camera at the far end of the orchard, beyond the second gate";

testInBrowser("layout", (test) => {
  test("a camera's picture makes use of any window, and its controls can be used", async (t, open) => {
    const page = await open(await servePages(t, { cameras: [makeScene(t, { title: LONG }).camera] }));
    await untilMoving(page);
    await untilBadge(page, /^live · /);
    for (const screen of SCREENS) {
      await page.setViewportSize(screen);
      const { x, y, width, height } = await boxOf(page, "#view");
      assert.deepEqual({ x, width }, { x: 0, width: screen.width });
      if (screen === PORTRAIT) assert.ok(Math.abs(height - (width * 9) / 16) < 1, `it is ${height} high`);
      else assert.ok(height >= screen.height * 0.85, `it is ${height} high`);
      assert.ok(y + height <= screen.height, "all of it is on the screen");
      await noSidewaysScroll(page);
      await controlsCanBeUsed(page, screen);
    }
  });

  for (const [width, height] of [
    [480, 640],
    [1200, 300],
  ] as const) {
    test(`a picture of ${width} × ${height} is as large as the window allows`, async (t, open) => {
      const page = await open(await servePages(t, { cameras: [makeScene(t, { width, height }).camera] }));
      await untilMoving(page);
      for (const screen of SCREENS) {
        await page.setViewportSize(screen);
        // The element may be larger: the picture lies in its middle.
        const box = await boxOf(page, PICTURE);
        const scale = Math.min(box.width / width, box.height / height);
        const isWide = width * scale > screen.width * 0.99;
        const isHigh = height * scale > screen.height * 0.85;
        assert.ok(isWide || isHigh, `${width * scale} x ${height * scale} in ${screen.width} x ${screen.height}`);
        assert.ok(box.y + box.height <= screen.height, "all of it is on the screen");
        await noSidewaysScroll(page);
      }
    });
  }

  for (const count of [3, 6]) {
    test(`a wall of ${count} fits any window`, async (t, open) => {
      const page = await open(await servePages(t, { cameras: makeScenes(t, count) }));
      await untilBadge(page, /^live · /);
      for (const screen of SCREENS) {
        await page.setViewportSize(screen);
        await until(`it fits ${screen.width} × ${screen.height}`, async () => {
          const tiles = await boxesOf(page, ".tile");
          const fits = tiles.every(({ x, width }) => x >= 0 && width >= 260 && x + width <= screen.width);
          // Telephones may scroll; a desk has room for all.
          const isWhole = screen !== DESKTOP || tiles.every(({ y, height }) => y + height <= screen.height);
          return tiles.length === count && fits && isWhole;
        });
        await noSidewaysScroll(page);
      }
    });
  }

  test("every page is dark or light as the system is", async (t, open) => {
    const one = await servePages(t, { cameras: [makeScene(t).camera] });
    const three = await servePages(t, { cameras: makeScenes(t, 3) });
    const page = await open("about:blank", { viewport: DESKTOP });
    for (const url of [one, three, `${one}/nowhere`]) {
      await page.goto(url, { waitUntil: "domcontentloaded" });
      await page.emulateMedia({ colorScheme: "dark" });
      await until(`${url} is dark`, async () => (await groundOf(page)) < 40);
      await page.emulateMedia({ colorScheme: "light" });
      await until(`${url} is light`, async () => (await groundOf(page)) > 220);
    }
  });
});

/** Where all elements of a kind lie in the window. */
async function boxesOf(page: Page, selector: string): Promise<DOMRect[]> {
  return await page
    .locator(selector)
    .evaluateAll((elements) => elements.map((element) => element.getBoundingClientRect().toJSON()));
}

/** How bright a page's background is, from 0 to 255: of its top edge, where nothing else stands. */
async function groundOf(page: Page): Promise<number> {
  const top = await page.screenshot({ clip: { x: 0, y: 0, width: DESKTOP.width, height: 6 } });
  const { channels } = await sharp(top).removeAlpha().stats();
  return Math.max(...channels.map(({ mean }) => mean));
}

async function noSidewaysScroll(page: Page): Promise<void> {
  const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok((content as number) <= (window as number), `${content} px in a window of ${window}`);
}

/** Every control is on the screen, large enough for a finger, and nothing lies on it. */
async function controlsCanBeUsed(page: Page, screen: { width: number; height: number }): Promise<void> {
  for (const selector of ["#snapshot", '.tools [href="#embed"]', "#full-screen"]) {
    const { x, y, width, height } = await boxOf(page, selector);
    assert.ok(width >= 40 && height >= 40, `${selector} is ${width} x ${height}`);
    assert.ok(
      x >= 0 && y >= 0 && x + width <= screen.width && y + height <= screen.height,
      `${selector} is off screen`,
    );
    const point = { x: x + width / 2, y: y + height / 2, selector };
    const hit = await page.evaluate(
      ({ x, y, selector }) => document.elementFromPoint(x, y)?.closest(selector) !== null,
      point,
    );
    assert.ok(hit, `something covers ${selector}`);
  }
  const badge = await boxOf(page, ".badge");
  assert.ok(badge.x >= 0 && badge.x + badge.width <= screen.width, "the badge is on the screen");
}
