import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { get as httpsGet } from "node:https";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { CameraReport } from "../../src/http/routes/cameras.ts";
import { launchChromium } from "../support/browsers/chromium.ts";
import { until } from "../support/deferred.ts";
import { anonymousBytes, descriptors } from "../support/programs/proc.ts";
import { startProgram } from "../support/programs/program.ts";
import { get } from "../support/sockets/tls.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/** How long a phone publishes; the first tenth is for warming up. */
const MINUTES = Number(process.env["SOAK_MINUTES"] ?? 10);

/** Bytes by which the private memory of a process may vary: garbage is collected later. */
const SLACK_BYTES = 30_000_000;

test(`a phone publishes 640 × 480 at 15 fps over https for ${MINUTES} minutes, and neither process grows`, async (t) => {
  const folder = temporaryFolder(t);
  const program = await startProgram(t, ["--tls-self-signed", "--state-dir", folder, "phone=push"]);
  const pem = readFileSync(join(folder, "tls.pem"), "utf8");
  const report = async () => JSON.parse((await get(`${program.url}/api/cameras/phone`, pem)).body) as CameraReport;
  const browser = await launchChromium(["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]);
  t.after(() => browser.close());
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  const page = await context.newPage();
  await page.goto(`${program.url}/cameras/phone/publish`);
  // Without a page: pages that show MJPEG take hundreds of megabytes.
  const viewer = httpsGet(`${program.url}/video_feed`, { rejectUnauthorized: false }, (response) => response.resume());
  viewer.on("error", () => {});
  t.after(() => viewer.destroy());
  await until("pictures come", async () => (await report()).frames > 30, 30_000);

  const session = await browser.newBrowserCDPSession();
  const sample = async () => {
    const { processInfo } = (await session.send("SystemInfo.getProcessInfo")) as {
      processInfo: { id: number; type: string }[];
    };
    const renderers = processInfo.filter(({ type }) => type === "renderer").map(({ id }) => anonymousBytes(id));
    const pid = program.process.pid as number;
    return { server: anonymousBytes(pid), descriptors: descriptors(pid), browser: Math.max(...renderers) };
  };
  const samples: Awaited<ReturnType<typeof sample>>[] = [];
  const startedAt = performance.now();
  const framesBefore = (await report()).frames;
  while (performance.now() - startedAt < MINUTES * 60_000) {
    await sleep(1000);
    samples.push(await sample());
  }
  const { frames, fps, dropped, restarts, sender } = await report();
  const perSecond = ((frames - framesBefore) * 1000) / (performance.now() - startedAt);
  const tenth = Math.max(1, Math.floor(samples.length / 10));
  const middle = (key: "server" | "browser" | "descriptors", part: typeof samples) =>
    part.map((one) => one[key]).sort((a, b) => a - b)[Math.floor(part.length / 2)] as number;
  const early = samples.slice(tenth, 2 * tenth + 1);
  const late = samples.slice(-tenth);
  const megabytes = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;
  for (const key of ["server", "browser"] as const) {
    t.diagnostic(`${key}: ${megabytes(middle(key, early))}, then ${megabytes(middle(key, late))}`);
  }
  t.diagnostic(`${perSecond.toFixed(1)} fps, ${fps} at the end`);
  assert.deepEqual([dropped, restarts], [0, 0]);
  assert.ok(perSecond > 10, "it is far slower than requested");
  assert.ok(sender !== null && sender.frames >= frames - framesBefore, "it was one connection all the time");
  for (const key of ["server", "browser"] as const) {
    assert.ok(middle(key, late) - middle(key, early) < SLACK_BYTES, `the ${key} grew`);
  }
  assert.ok(middle("descriptors", late) - middle("descriptors", early) < 5, "descriptors stay open");
});
