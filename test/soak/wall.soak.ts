import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { serve } from "../page/serve.ts";
import { launchUnwatched } from "../support/browser.ts";
import { until } from "../support/deferred.ts";
import { familyBytes } from "../support/proc.ts";
import { picturesSent, sixteenCameras } from "../support/sixteen-cameras.ts";

/** How long the wall is watched; the first fifth is for warming up. */
const MINUTES = Number(process.env["SOAK_MINUTES"] ?? 10);

/**
 * What the least that a browser holds in a fifth of the time may vary by, as a share. The least, since garbage waits to be collected: within
 * minutes a page goes up and down between 95 and 120 MB (Chromium 156, 2026-11-28).
 */
const SLACK = 0.1;

test(`sixteen cameras on a page for ${MINUTES} minutes, and the browser does not grow`, async (t) => {
  const url = await serve(t, { cameras: sixteenCameras(t) });
  const pid = launchUnwatched(t, url, 1280, 800);
  await until("all are shown", async () => (await picturesSent(url)).every((pictures) => pictures > 30), 60_000);
  const samples: ReadonlyMap<string, number>[] = [];
  const startedAt = performance.now();
  while (performance.now() - startedAt < MINUTES * 60_000) {
    await sleep(1000);
    samples.push(familyBytes(pid));
  }
  const least = (bytesOf: (sample: ReadonlyMap<string, number>) => number) =>
    Array.from({ length: 5 }, (_, index) => {
      const part = samples.slice((index * samples.length) / 5, ((index + 1) * samples.length) / 5);
      return Math.min(...part.map(bytesOf));
    });
  const inMegabytes = (fifths: readonly number[]) => fifths.map((bytes) => Math.round(bytes / 1e6)).join(", ");
  const all = least((sample) => [...sample.values()].reduce((sum, bytes) => sum + bytes, 0));
  t.diagnostic(`${inMegabytes(all)} MB at the least, in each fifth of the time`);
  for (const type of samples.at(-1)?.keys() ?? [])
    t.diagnostic(`${type}: ${inMegabytes(least((sample) => sample.get(type) ?? 0))} MB`);
  const [, second = 0, , , last = 0] = all;
  assert.ok(last < second * (1 + SLACK), "the browser grew");
  const before = await picturesSent(url);
  const hasMore = (pictures: number, index: number) => pictures > (before[index] as number);
  await until("all still move", async () => (await picturesSent(url)).every(hasMore));
});
