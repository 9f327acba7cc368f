import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { CameraReport } from "../../src/http/status.ts";
import { serve } from "../page/serve.ts";
import { launchUnwatched } from "../support/browser.ts";
import { until } from "../support/deferred.ts";
import { anonymousBytes, familyOf } from "../support/proc.ts";
import { sixteenCameras } from "../support/sixteen-cameras.ts";

/** How long the wall is watched; the first fifth is for warming up. */
const MINUTES = Number(process.env["SOAK_MINUTES"] ?? 10);

/**
 * What the least that a browser holds in a fifth of the time may vary by, as a share. The least, since garbage waits to be collected: within
 * minutes a page goes up and down between 95 and 120 MB (Chromium 156, 2026-11-28).
 */
const SLACK = 0.1;

test(`sixteen cameras on a page for ${MINUTES} minutes, and the browser does not grow`, async (t) => {
  const url = await serve(t, { cameras: sixteenCameras(t) });
  const pid = await launchUnwatched(t, url, 1280, 800);
  const bytesSent = async () => {
    const { cameras } = (await (await fetch(`${url}/api/cameras`)).json()) as { cameras: CameraReport[] };
    return cameras.map(({ viewers }) => viewers[0]?.bytes ?? 0);
  };
  await until("all are shown", async () => (await bytesSent()).every((bytes) => bytes > 1_000_000), 60_000);
  const samples: number[] = [];
  const startedAt = performance.now();
  while (performance.now() - startedAt < MINUTES * 60_000) {
    await sleep(1000);
    // A process may end between the list and the look.
    const own = familyOf(pid).map((one) => {
      try {
        return anonymousBytes(one);
      } catch {
        return 0;
      }
    });
    samples.push(own.reduce((sum, bytes) => sum + bytes, 0));
  }
  const fifths = Array.from({ length: 5 }, (_, index) => {
    const part = samples.slice((index * samples.length) / 5, ((index + 1) * samples.length) / 5);
    return Math.min(...part);
  });
  t.diagnostic(
    `${fifths.map((bytes) => Math.round(bytes / 1e6)).join(", ")} MB at the least, in each fifth of the time`,
  );
  const [, second = 0, , , last = 0] = fifths;
  assert.ok(last < second * (1 + SLACK), "the browser grew");
  const before = await bytesSent();
  await until("all still move", async () => (await bytesSent()).every((bytes, index) => bytes > (before[index] ?? 0)));
});
