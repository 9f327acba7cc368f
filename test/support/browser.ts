import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
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
  const browser = await chromium.launch({ executablePath: executable(), args: [...ARGUMENTS, ...more] });
  t.after(() => browser.close());
  return browser;
}

/**
 * The same at a page that nobody looks at: who listens to a browser's events is sent every message of every WebSocket, which takes a
 * fifth of the time that 16 cameras on a page take (2026-11-28). Gives the id of its first process.
 */
export async function launchUnwatched(t: TestContext, url: string, width: number, height: number): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "stillstream-chromium-"));
  const more = ["--remote-debugging-port=0", `--user-data-dir=${folder}`, `--window-size=${width},${height}`];
  // In a group of its own: the browser is several processes.
  const browser = spawn(executable(), [...ARGUMENTS, ...more, url], { stdio: "ignore", detached: true });
  await once(browser, "spawn");
  t.after(async () => {
    const ended = once(browser, "exit");
    process.kill(-(browser.pid as number), "SIGTERM");
    await ended;
    // What its other processes wrote last may come while this goes on.
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  });
  return browser.pid as number;
}

function executable(): string {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  return folders.map((folder) => join(folder, "chromium")).find(existsSync) ?? "chromium";
}

/** A page at `url`. A page with a stream on it never fires `load` in every browser, so its document is waited for. */
export async function openPage(t: TestContext, url: string, options: BrowserContextOptions = {}): Promise<Page> {
  const browser = await launchBrowser(t);
  const page = await (await browser.newContext(options)).newPage();
  await page.goto(url, { waitUntil: "domcontentloaded" });
  return page;
}
