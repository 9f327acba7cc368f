import assert from "node:assert/strict";
import { testInBrowser, untilBadge, untilMoving } from "../support/browsers/tab.ts";
import { makeScene, reportOf } from "../support/cameras/scene.ts";
import { settableClock } from "../support/clock.ts";
import { until } from "../support/deferred.ts";
import { servePages } from "../support/serve-pages.ts";
import { proxyBelow } from "../support/sockets/proxies.ts";

const HOUR_MS = 3_600_000;

testInBrowser("a page whose server's clock is set", (test) => {
  for (const way of ["over /live", "without WebSockets"] as const) {
    test(`goes on being live, and its pictures are no older than they are, ${way}`, async (t, open) => {
      const clock = settableClock(t);
      clock.set(-Date.now() + HOUR_MS);
      const inner = await servePages(t, { cameras: [makeScene(t).camera] });
      const url = way === "over /live" ? inner : await proxyBelow(t, inner, "/cams", {}, () => false);
      const page = await open(`${url}/`);
      await untilBadge(page, /^live · /);
      await untilMoving(page);
      const badges = new Set<string>();
      for (const aheadMs of [0, -HOUR_MS, HOUR_MS, 0]) {
        clock.set(aheadMs);
        const { frames } = await reportOf(inner);
        await until("it goes on", async () => {
          badges.add((await page.locator(".badge").first().textContent()) ?? "");
          return (await reportOf(inner)).frames > frames + 30;
        });
        await untilMoving(page);
      }
      for (const badge of badges) assert.doesNotMatch(badge, /late|stalled|offline|min|\bh\b|\d\d s/, badge);
    });
  }
});
