import { type TestContext, test } from "node:test";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import sharp from "sharp";
import { until } from "../deferred.ts";
import { needs } from "../tools.ts";
import { PATIENCE_MS, sharedChromium } from "./chromium.ts";
import { TabPool } from "./tab-pool.ts";

/** Opens a tab that no other test has, with its own cookies and connections. */
export type OpenTab = (url: string, options?: BrowserContextOptions) => Promise<Page>;

type DefineTest = (name: string, run: (t: TestContext, open: OpenTab) => Promise<void>) => void;

/** Fails a test that hangs, later than any wait in it does, and earlier than the runner. */
const HANGS_MS = 100_000;

/** Tests mostly wait. */
const AT_ONCE = 3;

/** Chromium's message for a response of 4xx or 5xx. */
export const REFUSED = /^Failed to load resource: the server responded with a status of/;

const pools = new Map<Browser, TabPool>();

/** Runs tests in Chromium, with the arguments `more`, some at a time. */
export function testInBrowser(name: string, define: (test: DefineTest) => void, more: readonly string[] = []): void {
  test(name, { skip: needs("chromium"), concurrency: AT_ONCE, timeout: Number.POSITIVE_INFINITY }, async (t) => {
    const browser = await sharedChromium(more);
    const pool = pools.get(browser) ?? new TabPool(browser);
    pools.set(browser, pool);
    const tests: Promise<void>[] = [];
    define((title, run) => {
      tests.push(t.test(title, { timeout: HANGS_MS }, (t) => runInTabs(t, pool, run)));
    });
    await Promise.all(tests);
  });
}

async function runInTabs(t: TestContext, pool: TabPool, run: Parameters<DefineTest>[1]): Promise<void> {
  let hasPassed = false;
  await run(t, async (url, options = {}) => {
    const { page, release } = await pool.take(options);
    t.after(() => release(hasPassed));
    await page.goto(url, { waitUntil: "domcontentloaded" });
    return page;
  });
  hasPassed = true;
}

/** The view of a camera's own page. */
export const PICTURE = "#view .picture";

/**
 * Waits until a canvas or an `<img>` has shown three more frames, told apart by the color of the
 * center.
 */
export async function untilMoving(page: Page, selector = PICTURE, timeout = PATIENCE_MS): Promise<void> {
  const seen: string[] = [];
  while (seen.length < 3) {
    const shown = await page.waitForFunction(
      ({ selector, seen }) => {
        const all = Array.from(document.querySelectorAll<HTMLImageElement | HTMLCanvasElement>(selector));
        const picture = all.find((element) => element.getClientRects().length > 0);
        const context = document.createElement("canvas").getContext("2d");
        // A view that waits shows nothing or an old frame.
        if (picture === undefined || context === null || picture.closest(".waiting") !== null) return undefined;
        const isImage = picture instanceof HTMLImageElement;
        const [width, height] = isImage
          ? [picture.naturalWidth, picture.naturalHeight]
          : [picture.width, picture.height];
        if (width <= 1) return undefined;
        context.drawImage(picture, width / 2, height / 2, 1, 1, 0, 0, 1, 1);
        const color = context.getImageData(0, 0, 1, 1).data.join(" ");
        return seen.includes(color) ? undefined : color;
      },
      { selector, seen },
      { timeout, polling: 40 },
    );
    seen.push((await shown.jsonValue()) as string);
  }
}

/** Like `untilMoving`, for a page without JavaScript: by what a person sees in that place. */
export async function untilSeenMoving(page: Page, selector: string): Promise<void> {
  const seen = new Set<string>();
  // An image has no size before its first frame.
  const box = () => page.locator(selector).first().boundingBox();
  await until(`${selector} has a size`, async () => ((await box())?.width ?? 0) > 0);
  await until(`${selector} is seen to move`, async () => {
    seen.add((await seenColor(page, selector)).map((mean) => Math.round(mean / 8)).join(" "));
    return seen.size >= 3;
  });
}

/** Returns mean red, green and blue of a screenshot of an element, 0 to 255. */
export async function seenColor(page: Page, selector: string): Promise<number[]> {
  // An element's own screenshot waits for animation frames, which never end while a stream runs.
  const clip = await boxOf(page, selector);
  const { channels } = await sharp(await page.screenshot({ clip }))
    .removeAlpha()
    .stats();
  return channels.map(({ mean }) => mean);
}

/** Returns the box of an element in the window, in CSS pixels. */
export async function boxOf(page: Page, selector: string) {
  const box = await page.locator(selector).first().boundingBox();
  if (box === null) throw new Error(`${selector} is not visible`);
  return box;
}

/** Waits until the text of the first badge below `scope` matches; returns it. */
export async function untilBadge(page: Page, wanted: RegExp, scope = "body"): Promise<string> {
  const badge = page.locator(`${scope} .badge`).first();
  await badge.filter({ hasText: wanted }).waitFor();
  return (await badge.textContent()) ?? "";
}

/**
 * Collects the page's complaints: errors and warnings of the console, exceptions, policy
 * violations.
 */
export function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  return complaints;
}

/** Stops the page's own clock, so that what it shows for a while stays until time passes. */
export async function stopTime(page: Page): Promise<Page["clock"]> {
  await page.clock.install();
  // It cannot be set back, and ran on in the meantime.
  await page.clock.pauseAt(Date.now() + 60_000);
  return page.clock;
}

/**
 * Makes the page believe that its tab is hidden, or visible again. Headless tabs are always
 * visible.
 */
export async function setHidden(page: Page, hidden: boolean): Promise<void> {
  await page.evaluate((hidden) => {
    Object.defineProperty(document, "hidden", { configurable: true, value: hidden });
    Object.defineProperty(document, "visibilityState", { configurable: true, value: hidden ? "hidden" : "visible" });
    document.dispatchEvent(new Event("visibilitychange"));
  }, hidden);
}
