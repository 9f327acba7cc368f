import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import { after, type TestContext } from "node:test";
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium } from "playwright-core";
import { startBrowser } from "./start-browser.ts";

/** Headless, and without the background requests that a closed network refuses. */
const ARGUMENTS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/**
 * The browser's own pages behind its address bar, and a process kept for the next page. Measured
 * 2026-11-30, Chromium 156: a page costs 0.7 s of CPU time without them against 1.9 s.
 */
const OWN_PAGES = ["SpareRendererForSitePerProcess", "WebUIOmniboxAimPopup", "WebUIOmniboxPopup"];

/** What playwright disables: Chromium heeds only the last of these arguments. */
const PLAYWRIGHT_DISABLES = [
  "AimEnabled",
  "AvoidCorsURLLoaderRestartOnRedirect",
  "AvoidUnnecessaryBeforeUnloadCheckSync",
  "DestroyProfileOnBrowserClose",
  "HttpsFirstBalancedModeAutoEnable",
  "HttpsUpgrades",
  "LensOverlay",
  "MediaRouter",
  "NetworkTimeServiceQuerying",
  "OptimizationHints",
  "PaintHolding",
  "PreconnectToSearch",
  "ThirdPartyStoragePartitioning",
];

const DISABLED = `--disable-features=${[...OWN_PAGES, ...PLAYWRIGHT_DISABLES].join(",")}`;

/**
 * Names that lead to this machine, though browsers do not know it: so they say no
 * `Sec-Fetch-Site`.
 */
export const LOCAL_NAMES = [
  "cam.lan",
  "camera.lan",
  "camera.local",
  "evil.example",
  "homeassistant.local",
  "mainsail.fritz.box",
  "octopi.local",
];

/** The longest wait for a page. Most take a second, but the machine may have other work. */
export const PATIENCE_MS = 60_000;

const NAMES_RULE = `--host-resolver-rules=${LOCAL_NAMES.map((name) => `MAP ${name} 127.0.0.1`).join(",")}`;

/** The browsers of this process, by their arguments. */
const browsers = new Map<string, Promise<Browser>>();

after(async () => {
  for (const browser of browsers.values()) await (await browser).close();
});

/**
 * Returns the browser that all tests of a process share, one for each set of arguments `more`. It
 * finds LOCAL_NAMES here.
 */
export function sharedChromium(more: readonly string[] = []): Promise<Browser> {
  const key = more.join(" ");
  const browser = browsers.get(key) ?? launchChromium(more);
  browsers.set(key, browser);
  return browser;
}

/**
 * Opens a context of the shared browser with its own cookies and connections; closes it when the
 * test ends.
 */
export async function chromiumContext(t: TestContext, options: BrowserContextOptions = {}): Promise<BrowserContext> {
  const context = await newContext(await sharedChromium(), options);
  t.after(() => context.close());
  return context;
}

/** Opens a context whose waits have the bound of all of them. */
export async function newContext(browser: Browser, options: BrowserContextOptions): Promise<BrowserContext> {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(PATIENCE_MS);
  return context;
}

/** Starts a browser of its own; the caller must close it. */
export function launchChromium(more: readonly string[]): Promise<Browser> {
  return chromium.launch({ executablePath: executable(), args: [...ARGUMENTS, DISABLED, NAMES_RULE, ...more] });
}

/** A browser without a debugger client. */
export interface UnattendedBrowser {
  /** Process id of its main process. */
  readonly pid: number;
  /** Address of its debugger. */
  readonly debuggerAddress: Promise<string>;
}

/**
 * Opens `url` in a browser without a debugger client. A debugger client receives every message of
 * every WebSocket: a fifth of the CPU time of 16 cameras on a page (measured 2026-11-28).
 */
export function launchUnattended(t: TestContext, url: string, width: number, height: number): UnattendedBrowser {
  const { browser, end } = startBrowser(executable(), (profile) => {
    const own = ["--remote-debugging-port=0", `--user-data-dir=${profile}`, `--window-size=${width},${height}`];
    return [...ARGUMENTS, ...own, url];
  });
  t.after(end);
  const debuggerAddress = new Promise<string>((resolve) => {
    createInterface(browser.stderr).on("line", (line) => {
      const [, address] = /^DevTools listening on (\S+)/.exec(line) ?? [];
      if (address !== undefined) resolve(address);
    });
  });
  return { pid: browser.pid as number, debuggerAddress };
}

function executable(): string {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  return folders.map((folder) => join(folder, "chromium")).find(existsSync) ?? "chromium";
}
