import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { TestContext } from "node:test";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

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
export async function launchBrowser(t: TestContext, more: readonly string[] = []): Promise<Browser> {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const executablePath = folders.map((folder) => join(folder, "chromium")).find(existsSync) ?? "chromium";
  const browser = await chromium.launch({ executablePath, args: [...ARGUMENTS, ...more] });
  t.after(() => browser.close());
  return browser;
}

/** A page at `url`. A page with a stream on it never fires `load` in every browser, so its document is waited for. */
export async function openPage(t: TestContext, url: string, options: BrowserContextOptions = {}): Promise<Page> {
  const browser = await launchBrowser(t);
  const page = await (await browser.newContext(options)).newPage();
  await page.goto(url, { waitUntil: "domcontentloaded" });
  return page;
}
