import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import type { TestContext } from "node:test";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
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

/** Starts the system's Chromium, with the arguments `more`; closes it when the test ends. */
export async function launchChromium(t: TestContext, more: readonly string[] = []): Promise<Browser> {
  const browser = await chromium.launch({ executablePath: executable(), args: [...ARGUMENTS, ...more] });
  t.after(() => browser.close());
  return browser;
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
  const browser = startBrowser(t, executable(), (profile) => {
    const own = ["--remote-debugging-port=0", `--user-data-dir=${profile}`, `--window-size=${width},${height}`];
    return [...ARGUMENTS, ...own, url];
  });
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

/**
 * Opens a page at `url`. Waits for its document: a page with a stream does not fire `load` in every
 * browser.
 */
export async function openPage(t: TestContext, url: string, options: BrowserContextOptions = {}): Promise<Page> {
  const browser = await launchChromium(t);
  const page = await (await browser.newContext(options)).newPage();
  await page.goto(url, { waitUntil: "domcontentloaded" });
  return page;
}
