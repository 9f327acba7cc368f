import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { promisify } from "node:util";
import type { Page } from "playwright-core";
import { chromiumContext } from "../support/browsers/chromium.ts";
import { complaintsOf, untilMoving } from "../support/browsers/tab.ts";
import { startProgram } from "../support/programs/program.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { needs } from "../support/tools.ts";

const PAGES = ["", "cameras/door", "cameras/phone", "cameras/phone/publish", "cameras/door/embed", "doctor"];

/** What npm says if neither its cache nor the registry has a package. */
const UNREACHABLE = /ENOTCACHED|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|network/;

/**
 * Packs this checkout as it is built, and installs it into an empty folder. Returns that folder.
 */
async function installPackage(t: TestContext): Promise<string | undefined> {
  const folder = temporaryFolder(t);
  const npm = async (args: readonly string[], cwd: string) =>
    await promisify(execFile)("npm", [...args, "--ignore-scripts", "--loglevel=error"], { cwd });
  // Other tests use the build meanwhile, so it is not made again.
  const { stdout } = await npm(["pack", "--json", "--pack-destination", folder], process.cwd());
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
  const options = ["--prefer-offline", "--no-audit", "--no-fund", "--fetch-retries=1"];
  try {
    await npm(["install", `./${filename}`, ...options], folder);
    return folder;
  } catch (error) {
    if (!UNREACHABLE.test(String(error))) throw error;
    return undefined;
  }
}

/** Every request of a page that failed, or was answered by an error. */
function failuresOf(page: Page): string[] {
  const failures: string[] = [];
  page.on("requestfailed", (request) => failures.push(`${request.url()}: ${request.failure()?.errorText}`));
  page.on("response", (response) => {
    if (response.status() >= 400) failures.push(`${response.url()}: ${response.status()}`);
  });
  return failures;
}

test("the package installs into an empty folder, and its pages find all their files", {
  skip: needs("chromium"),
}, async (t) => {
  const folder = await installPackage(t);
  if (folder === undefined) return t.skip("needs the npm registry, or a cache with the dependencies");
  const main = join(folder, "node_modules", "stillstream", "dist", "main.js");
  const { url } = await startProgram(t, ["door=fake", "phone=push"], { cwd: folder, main });
  const browser = await chromiumContext(t);
  for (const path of PAGES) {
    const page = await browser.newPage();
    const [failures, complaints] = [failuresOf(page), complaintsOf(page)];
    await page.goto(`${url}/${path}`, { waitUntil: "load" });
    // The pages set it once their scripts run.
    await page.locator("html.js").waitFor();
    if (path === "cameras/door") await untilMoving(page);
    assert.deepEqual(failures, [], path);
    assert.deepEqual(complaints, [], path);
    await page.close();
  }
  const bare = await browser.newPage();
  const failures = failuresOf(bare);
  await bare.goto(`${url}/cameras/door/bare`, { waitUntil: "load" });
  await bare.locator("still-stream .badge, still-stream canvas.picture").first().waitFor();
  assert.deepEqual(failures, []);
});
