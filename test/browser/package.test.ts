import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { promisify } from "node:util";
import type { Page } from "playwright-core";
import { complaintsOf, testInBrowser, untilMoving } from "../support/browsers/tab.ts";
import { startProgram } from "../support/programs/program.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const PAGES = ["", "cameras/door", "cameras/phone", "cameras/phone/publish", "cameras/door/embed", "doctor"];

const run = promisify(execFile);

/**
 * Packs this checkout as it is built, and unpacks it beside what npm would install with it: the
 * packages of the lockfile that are not for development. Returns the package's folder.
 */
async function installPackage(t: TestContext): Promise<string> {
  const folder = temporaryFolder(t);
  // Other tests use the build meanwhile, so it is not made again.
  const { stdout } = await run("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder]);
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
  const own = join(folder, "node_modules", "stillstream");
  mkdirSync(own, { recursive: true });
  await run("tar", ["-xzf", join(folder, filename), "-C", own, "--strip-components=1"]);
  const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8")) as { packages: Record<string, Locked> };
  const installed = Object.keys(packages).filter((path) => {
    const { dev, devOptional } = packages[path] as Locked;
    return path !== "" && !dev && !devOptional && existsSync(path);
  });
  await run("cp", ["-a", "--parents", ...installed, folder]);
  return own;
}

/** A package of a lockfile (https://docs.npmjs.com/cli/configuring-npm/package-lock-json). */
interface Locked {
  readonly dev?: boolean;
  readonly devOptional?: boolean;
}

/** Every request of a page that failed, or was answered by an error. */
function failuresOf(page: Page): string[] {
  const failures: string[] = [];
  page.on("requestfailed", (request) => {
    // The next page ends the streams and requests of the last.
    if (request.failure()?.errorText !== "net::ERR_ABORTED") failures.push(`${request.url()} failed`);
  });
  page.on("response", (response) => {
    if (response.status() >= 400) failures.push(`${response.url()}: ${response.status()}`);
  });
  return failures;
}

testInBrowser("the package", (test) => {
  test("runs beside what npm installs with it, and its pages find all their files", async (t, open) => {
    const own = await installPackage(t);
    const { url } = await startProgram(t, ["door=fake", "phone=push"], {
      cwd: own,
      main: join(own, "dist", "main.js"),
    });
    const page = await open("about:blank");
    const [failures, complaints] = [failuresOf(page), complaintsOf(page)];
    for (const path of PAGES) {
      await page.goto(`${url}/${path}`, { waitUntil: "load" });
      // The pages set it once their scripts run.
      await page.locator("html.js").waitFor();
      if (path === "cameras/door") await untilMoving(page);
      assert.deepEqual([failures, complaints], [[], []], path);
    }
    await page.goto(`${url}/cameras/door/bare`, { waitUntil: "load" });
    await page.locator("still-stream .badge, still-stream canvas.picture").first().waitFor();
    assert.deepEqual(failures, []);
  });
});
