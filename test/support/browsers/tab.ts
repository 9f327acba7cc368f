import { type TestContext, test } from "node:test";
import type { BrowserContextOptions, Page } from "playwright-core";
import sharp from "sharp";
import { deferred, until } from "../deferred.ts";
import { needs } from "../tools.ts";
import { launchChromium } from "./chromium.ts";

/** Opens a tab with cookies and connections of its own; closed when the test ends. */
export type OpenTab = (url: string, options?: BrowserContextOptions) => Promise<Page>;

type DefineTest = (name: string, run: (t: TestContext, open: OpenTab) => Promise<void>) => void;

/** A browser that answers nothing more is not waited for any longer, in milliseconds: no test of a page takes half of it. */
const HANGS_MS = 90_000;

/** Chromium's own words for an answer of 4xx or 5xx. */
export const REFUSED = /^Failed to load resource: the server responded with a status of/;

/** Tests that share one Chromium, with more arguments if need be. Most of their time they wait, so some run at once. */
export function testInBrowser(name: string, define: (test: DefineTest) => void, more: readonly string[] = []): void {
  test(name, { skip: needs("chromium"), concurrency: 2 }, async (t) => {
    const browser = await launchChromium(t, more);
    const tests: Promise<void>[] = [];
    define((title, run) => {
      const runInTab = (t: TestContext) =>
        run(t, async (url, options) => {
          const context = await browser.newContext({ viewport: { width: 800, height: 600 }, ...options });
          t.after(() => context.close());
          const page = await context.newPage();
          await page.goto(url, { waitUntil: "domcontentloaded" });
          return page;
        });
      // Made here, since its stack then says whose test it is.
      const hung = new Error(`Nothing came of it in ${HANGS_MS / 1000} s`);
      tests.push(
        t.test(title, async (t) => {
          const late = deferred<never>();
          const timer = setTimeout(() => late.reject(hung), HANGS_MS);
          t.after(() => clearTimeout(timer));
          await Promise.race([runInTab(t), late.promise]);
        }),
      );
    });
    await Promise.all(tests);
  });
}

/** The picture of a camera's own page. */
export const PICTURE = "#view .picture";

/** Waits until a canvas or an `<img>` has shown three pictures, from now on, by the colour in its middle. */
export async function untilMoving(page: Page, selector = PICTURE, timeout = 30_000): Promise<void> {
  const seen: string[] = [];
  while (seen.length < 3) {
    const shown = await page.waitForFunction(
      ({ selector, seen }) => {
        const all = Array.from(document.querySelectorAll<HTMLImageElement | HTMLCanvasElement>(selector));
        const picture = all.find((element) => element.getClientRects().length > 0);
        const context = document.createElement("canvas").getContext("2d");
        // Of a view that waits nothing is to be seen, or an old picture.
        if (picture === undefined || context === null || picture.closest(".waiting") !== null) return undefined;
        const isImage = picture instanceof HTMLImageElement;
        const [width, height] = isImage
          ? [picture.naturalWidth, picture.naturalHeight]
          : [picture.width, picture.height];
        if (width <= 1) return undefined;
        context.drawImage(picture, width / 2, height / 2, 1, 1, 0, 0, 1, 1);
        const colour = context.getImageData(0, 0, 1, 1).data.join(" ");
        return seen.includes(colour) ? undefined : colour;
      },
      { selector, seen },
      { timeout, polling: 40 },
    );
    seen.push((await shown.jsonValue()) as string);
  }
}

/** The same for a page without JavaScript, by what a person would see in that place. */
export async function untilSeenMoving(page: Page, selector: string): Promise<void> {
  const seen = new Set<string>();
  // An image has no size before it has a picture.
  const box = () => page.locator(selector).first().boundingBox();
  await until(`${selector} has a size`, async () => ((await box())?.width ?? 0) > 0);
  await until(`${selector} is seen to move`, async () => {
    seen.add((await seenColor(page, selector)).map((mean) => Math.round(mean / 8)).join(" "));
    return seen.size >= 3;
  });
}

/** Mean red, green and blue of what an element looks like, 0 to 255. */
export async function seenColor(page: Page, selector: string): Promise<number[]> {
  // Not the element's own screenshot, which waits for frames as long as a stream brings them.
  const clip = await boxOf(page, selector);
  const { channels } = await sharp(await page.screenshot({ clip }))
    .removeAlpha()
    .stats();
  return channels.map(({ mean }) => mean);
}

/** Where an element lies in the window, in CSS pixels. */
export async function boxOf(page: Page, selector: string) {
  const box = await page.locator(selector).first().boundingBox();
  if (box === null) throw new Error(`${selector} is not to be seen`);
  return box;
}

/** Waits until the first badge below `scope` reads so; gives what it reads. */
export async function untilBadge(page: Page, wanted: RegExp, scope = "body"): Promise<string> {
  const badge = page.locator(`${scope} .badge`).first();
  await badge.filter({ hasText: wanted }).waitFor({ timeout: 30_000 });
  return (await badge.textContent()) ?? "";
}

/** What the page complained of: errors and warnings of the console, exceptions, refusals by its policy. */
export function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  return complaints;
}

/** Has the page believe that its tab is in the background, or in front again: headless tabs always are in front. */
export async function setHidden(page: Page, hidden: boolean): Promise<void> {
  await page.evaluate((hidden) => {
    Object.defineProperty(document, "hidden", { configurable: true, value: hidden });
    Object.defineProperty(document, "visibilityState", { configurable: true, value: hidden ? "hidden" : "visible" });
    document.dispatchEvent(new Event("visibilitychange"));
  }, hidden);
}
