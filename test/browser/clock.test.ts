import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { testInBrowser, untilBadge, untilMoving } from "../support/browsers/tab.ts";
import { makeScene, reportOf } from "../support/cameras/scene.ts";
import { settableClock } from "../support/clock.ts";
import { until } from "../support/deferred.ts";
import { servePages } from "../support/serve-pages.ts";
import { proxyBelow } from "../support/sockets/proxies.ts";

const HOUR_MS = 3_600_000;
/** More than two reports of the server, which come each second. */
const FRAMES = 12;

testInBrowser("a page whose server's clock is set", (test) => {
  // One test, since all of a process have one clock.
  test("goes on being live, and its pictures are no older than they are, over /live and without", async (t, open) => {
    const clock = settableClock(t);
    clock.set(-Date.now() + HOUR_MS);
    const inner = await servePages(t, { cameras: [makeScene(t).camera] });
    const outer = await proxyBelow(t, inner, "/cams", {}, () => false);
    const pages = [await open(`${inner}/`), await open(`${outer}/`)];
    for (const page of pages) {
      await untilBadge(page, /^live · /);
      await collectBadges(page);
    }
    for (const aheadMs of [0, -HOUR_MS, HOUR_MS]) {
      clock.set(aheadMs);
      // Has the pages ask for the server's time at once, not after five seconds.
      for (const page of pages) await page.evaluate(() => dispatchEvent(new Event("online")));
      const { frames } = await reportOf(inner);
      await until("it goes on", async () => (await reportOf(inner)).frames > frames + FRAMES);
      for (const page of pages) await untilMoving(page);
    }
    for (const page of pages) {
      const badges = await page.evaluate(() => (window as never as { badges: string[] }).badges);
      assert.ok(badges.length > 3, badges.join());
      // On a busy machine frames may be late, by seconds.
      for (const badge of badges) assert.doesNotMatch(badge, /offline|min|\bh\b|\d\d s/, badge);
    }
  });
});

/** Keeps what the badge says from now on. */
async function collectBadges(page: Page): Promise<void> {
  await page.evaluate(() => {
    const badge = document.querySelector(".badge") as HTMLElement;
    const badges: (string | null)[] = [];
    Object.assign(window, { badges });
    const look = () => badges.push(badge.textContent);
    new MutationObserver(look).observe(badge, { childList: true, subtree: true, characterData: true });
    look();
  });
}
