import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import type { TestContext } from "node:test";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { startBrowser } from "./start-browser.ts";

/** Headless, and without the calls home that a closed network refuses. */
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

/** The system's Chromium, closed when the test ends; with more arguments, if need be. */
export async function launchChromium(t: TestContext, more: readonly string[] = []): Promise<Browser> {
  const browser = await chromium.launch({ executablePath: executable(), args: [...ARGUMENTS, ...more] });
  t.after(() => browser.close());
  return browser;
}

/** A browser that nobody listens to. */
export interface UnattendedBrowser {
  /** Of its first process. */
  readonly pid: number;
  /** Where its debugger could be spoken to. */
  readonly debuggerAddress: Promise<string>;
}

/**
 * The same at a page that nobody looks at: who listens to a browser's events is sent every message of every WebSocket, which takes a
 * fifth of the time that 16 cameras on a page take (2026-11-28).
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

/** A page at `url`. A page with a stream on it never fires `load` in every browser, so its document is waited for. */
export async function openPage(t: TestContext, url: string, options: BrowserContextOptions = {}): Promise<Page> {
  const browser = await launchChromium(t);
  const page = await (await browser.newContext(options)).newPage();
  await page.goto(url, { waitUntil: "domcontentloaded" });
  return page;
}
