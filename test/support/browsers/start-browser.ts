import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";

/**
 * Starts a browser with a profile of its own; both are gone when the test ends. `argumentsFor` gives its arguments, once there is the folder of its
 * profile. What it says on stderr must be read.
 */
export function startBrowser(t: TestContext, program: string, argumentsFor: (profile: string) => readonly string[]) {
  const profile = mkdtempSync(join(tmpdir(), "stillstream-browser-"));
  const browser = spawn(program, argumentsFor(profile), { stdio: ["ignore", "ignore", "pipe"], detached: true });
  const ended = once(browser, "close");
  t.after(async () => {
    // Its helpers are of its group.
    if (browser.exitCode === null && browser.pid !== undefined) process.kill(-browser.pid, "SIGKILL");
    await ended;
    rmSync(profile, { recursive: true, force: true, maxRetries: 10 });
  });
  return browser;
}
