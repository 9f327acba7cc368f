import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Starts a browser with its own profile; `end` removes both. `argumentsFor` returns the arguments
 * for the folder of the profile. The caller must read stderr.
 */
export function startBrowser(program: string, argumentsFor: (profile: string) => readonly string[]) {
  const profile = mkdtempSync(join(tmpdir(), "stillstream-browser-"));
  const browser = spawn(program, argumentsFor(profile), { stdio: ["ignore", "ignore", "pipe"], detached: true });
  const ended = once(browser, "close");
  const end = async () => {
    // Its helper processes are in its group.
    if (browser.exitCode === null && browser.pid !== undefined) process.kill(-browser.pid, "SIGKILL");
    await ended;
    rmSync(profile, { recursive: true, force: true, maxRetries: 10 });
  };
  return { browser, end };
}
