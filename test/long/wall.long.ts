import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { launchUnattended } from "../support/browsers/chromium.ts";
import { collectGarbage } from "../support/browsers/collect-garbage.ts";
import { framesSent, sixteenCameras } from "../support/cameras/sixteen-cameras.ts";
import { until } from "../support/deferred.ts";
import { familyBytes } from "../support/programs/proc.ts";
import { servePages } from "../support/serve-pages.ts";

/** How long the wall is watched; the first fifth is for warming up. */
const MINUTES = Number(process.env["SOAK_MINUTES"] ?? 10);

/**
 * By how much the memory after a garbage collection may vary: a share, and bytes. The memory of a
 * process comes in large pieces.
 */
const SLACK = 0.1;
const SLACK_BYTES = 10e6;

/** Seconds until the browser is measured again, since it returns memory late. */
const GIVES_BACK_S = 5;

test(`sixteen cameras on a page for ${MINUTES} minutes, and the browser does not grow`, async (t) => {
  const url = await servePages(t, { cameras: sixteenCameras(t) });
  const { pid, debuggerAddress } = launchUnattended(t, url, 1280, 800);
  await until("all are shown", async () => (await framesSent(url)).every((pictures) => pictures > 30), 60_000);
  const fifths: Fifth[] = [];
  for (let fifth = 1; fifth <= 5; fifth++) {
    await sleep((MINUTES * 60_000) / 5);
    fifths.push(await holdingsOf(pid, await debuggerAddress));
  }
  for (const what of ["scripts", "renderers", "all"] as const) {
    const megabytes = fifths.map((fifth) => (fifth[what] / 1e6).toFixed(1));
    t.diagnostic(`${what}: ${megabytes.join(", ")} MB after each fifth of the time`);
  }
  const [, second, , , last] = fifths as [Fifth, Fifth, Fifth, Fifth, Fifth];
  assert.ok(last.scripts < second.scripts * (1 + SLACK), "the scripts of the page grew");
  assert.ok(last.all < second.all * (1 + SLACK) + SLACK_BYTES, "the browser grew");
  const before = await framesSent(url);
  const hasMore = (pictures: number, index: number) => pictures > (before[index] as number);
  await until("all still move", async () => (await framesSent(url)).every(hasMore));
});

/**
 * What a browser holds without garbage, in bytes: the scripts of its page, the processes of pages,
 * and all its processes.
 */
interface Fifth {
  readonly scripts: number;
  readonly renderers: number;
  readonly all: number;
}

async function holdingsOf(pid: number, debuggerAddress: string): Promise<Fifth> {
  const scripts = await collectGarbage(debuggerAddress);
  const looks: ReadonlyMap<string, number>[] = [];
  for (let second = 0; second < GIVES_BACK_S; second++) {
    await sleep(1000);
    looks.push(familyBytes(pid));
  }
  return {
    scripts,
    renderers: Math.min(...looks.map((look) => look.get("renderer") ?? 0)),
    all: Math.min(...looks.map((look) => [...look.values()].reduce((sum, bytes) => sum + bytes, 0))),
  };
}
