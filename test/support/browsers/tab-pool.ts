import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { newContext } from "./chromium.ts";

/** What a page or its context keeps until it is closed. */
const LASTING = ["addInitScript", "clock", "exposeBinding", "exposeFunction", "grantPermissions", "newCDPSession"];

/** Those that tests listen to. */
const EVENTS = [
  "console",
  "dialog",
  "download",
  "framenavigated",
  "pageerror",
  "popup",
  "request",
  "requestfailed",
  "requestfinished",
  "response",
  "websocket",
  "worker",
] as const;

const VIEWPORT = { width: 800, height: 600 };

/** A tab that one test has for itself, with its own cookies and connections. */
interface Tab {
  readonly page: Page;
  /** Leaves it to the next test, if it is as good as new; else closes it. */
  release(isClean: boolean): Promise<void>;
}

/**
 * Tabs of a browser that tests use one after the other: the page of a camera takes 0.7 s of CPU
 * time in a used one, 1.8 s in a new one (measured 2026-11-30, Chromium 156).
 */
export class TabPool {
  readonly #browser: Browser;
  /** Those of no test, by their options. */
  readonly #free = new Map<string, Tab[]>();

  constructor(browser: Browser) {
    this.#browser = browser;
  }

  async take({ viewport = VIEWPORT, ...options }: BrowserContextOptions): Promise<Tab> {
    const free = this.#free.get(JSON.stringify(options))?.pop();
    const tab = free ?? (await this.#open({ viewport, ...options }));
    if (viewport !== null) await tab.page.setViewportSize(viewport);
    return tab;
  }

  async #open(options: BrowserContextOptions): Promise<Tab> {
    const context = await newContext(this.#browser, options);
    const page = await context.newPage();
    const isChanged = watchChanges([page, context]);
    const { viewport: _viewport, ...others } = options;
    const key = JSON.stringify(others);
    const tab: Tab = {
      page,
      release: async (isClean) => {
        if (!isClean || isChanged() || context.pages().length > 1) return await context.close();
        await reset(page);
        this.#free.set(key, [...(this.#free.get(key) ?? []), tab]);
      },
    };
    return tab;
  }
}

/** Returns a function that tells whether anything lasting was done to one of them. */
function watchChanges(targets: readonly object[]): () => boolean {
  let isChanged = false;
  for (const target of targets) {
    for (const name of LASTING) {
      const value: unknown = Reflect.get(target, name);
      const get = () => {
        isChanged = true;
        return value;
      };
      Object.defineProperty(target, name, { get });
    }
  }
  return () => isChanged;
}

async function reset(page: Page): Promise<void> {
  for (const event of EVENTS) page.removeAllListeners(event);
  await page.unrouteAll({ behavior: "ignoreErrors" });
  // A page without JavaScript has no storage, and neither has that of an error.
  await page.evaluate(() => [localStorage, sessionStorage].map((storage) => storage.clear())).catch(() => {});
  await page.goto("about:blank");
  await page.context().clearCookies();
  await page.emulateMedia({ media: null, colorScheme: null, reducedMotion: null, forcedColors: null, contrast: null });
  // Or the next page would have the pointer over whatever lies there.
  await page.mouse.move(-1, -1);
}
