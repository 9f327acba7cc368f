import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { openWithTime, type PageTime } from "../support/browsers/page-time.ts";
import { type OpenTab, setHidden, testInBrowser, untilBadge, untilMoving } from "../support/browsers/tab.ts";
import { makeScene, makeScenes, reportOf } from "../support/cameras/scene.ts";
import { until } from "../support/deferred.ts";
import { servePages } from "../support/serve-pages.ts";
import { type BadNetwork, badNetwork } from "../support/sockets/proxies.ts";

const LIVE = /^live · /;

/** Longer than any watch of a page takes to grow suspicious. */
const LONG_MS = 10_000;

testInBrowser("a page that loses its stream", (test) => {
  test("is live again without a reload when the server was killed and started again", async (t, open) => {
    const network = await badNetwork(t, await servePages(t, { cameras: [makeScene(t).camera] }));
    const page = await open(network.url);
    await untilBadge(page, LIVE);
    await page.evaluate(() => document.body.setAttribute("data-loaded", "once"));

    network.goDown();
    await untilBadge(page, /^reconnecting/);
    await page.locator(".stage.stale", { hasText: "The server does not answer." }).waitFor();

    await network.comeBack(await servePages(t, { cameras: [makeScene(t).camera] }));
    await untilBadge(page, LIVE);
    await untilMoving(page);
    assert.equal(await page.locator("body").getAttribute("data-loaded"), "once");
  });

  for (const [what, sockets] of [
    ["connection", true],
    ["stream, where no WebSocket comes through,", false],
  ] as const) {
    test(`replaces a ${what} that stalls while the server still answers`, async (t, open) => {
      await replaces(t, open, sockets, async (time, network) => {
        const says = await noteBadge(time);
        network.freeze();
        // Of a stream nobody can tell that from a still scene yet: it is replaced on suspicion, and
        // the page says nothing.
        if (sockets) await time.passUntil("it says so", () => says(/^reconnecting · \d\.\d s old/));
      });
    });

    test(`replaces a ${what} that the server has lost and the browser still believes in`, async (t, open) => {
      await replaces(t, open, sockets, async (time, network) => {
        const says = await noteBadge(time);
        network.cut();
        await time.passUntil("it says so", () => says(/^reconnecting/));
      });
    });

    test(`on a wall replaces each ${what} that stalls there`, async (t, open) => {
      const network = await badNetwork(t, await servePages(t, { cameras: makeScenes(t, 2) }), { sockets });
      const time = await openWithTime(open, network.url);
      const areMoving = async () => {
        for (const name of ["one", "two"]) await untilMoving(time.page, `[data-camera=${name}] .picture`);
      };
      await areMoving();
      const before = time.connections();
      network.freeze();
      await time.passUntil("all are replaced", () => time.connections() >= before + (sockets ? 1 : 2));
      await areMoving();
      for (const name of ["one", "two"]) await untilBadge(time.page, LIVE, `[data-camera=${name}]`);
    });
  }

  test("leaves a camera without frames alone while its connection is good", async (t, open) => {
    const scene = makeScene(t);
    const network = await badNetwork(t, await servePages(t, { cameras: [scene.camera] }));
    const time = await openWithTime(open, network.url);
    await untilBadge(time.page, LIVE);
    scene.stop();
    await time.pass(LONG_MS, () => until("the server has told its time", time.isTimeTold));
    scene.recover();
    await untilBadge(time.page, LIVE);
    assert.equal(network.streams(), 1);
  });

  test("leaves a still scene in a stream alone while its connection is good, and only then", async (t, open) => {
    const scene = makeScene(t, { still: true });
    const url = await servePages(t, { cameras: [scene.camera] });
    const network = await badNetwork(t, url, { sockets: false });
    const time = await openWithTime(open, network.url);
    await untilBadge(time.page, LIVE);
    // A still may be fetched again now and then, but must not be shown.
    const words = new Set<string>();
    const first = network.streams();
    await time.passUntil("it has been asked for again, and again", async () => {
      await until("the stream shows a frame", async () => (await time.page.locator(".waiting").count()) === 0);
      words.add(await stateOf(time));
      return network.streams() === first + 2;
    });
    assert.deepEqual([...words], ["live"]);

    // The pixels are now trusted for 20 s: it is the server that no longer names this page.
    const before = time.connections();
    network.cut();
    await until("the server has noticed", async () => (await reportOf(url)).viewers.length === 0);
    await time.passUntil("the page asks again", () => time.connections() > before, 10_000);
    await untilBadge(time.page, LIVE);
  });

  test("does not reconnect while it is hidden", async (t, open) => {
    const url = await servePages(t, { cameras: [makeScene(t).camera] });
    const network = await badNetwork(t, url);
    const time = await openWithTime(open, network.url);
    await untilBadge(time.page, LIVE);
    await setHidden(time.page, true);
    await until("nobody watches", async () => (await reportOf(url)).viewers.length === 0);
    await time.pass(LONG_MS);
    assert.equal(time.connections(), 1);
    assert.equal(network.streams(), 1);
  });
});

/** Notes all that the badge says from now on, also for an instant; returns whether one matches. */
async function noteBadge({ page }: PageTime): Promise<(wanted: RegExp) => Promise<boolean>> {
  await page.evaluate(() => {
    const texts: string[] = [];
    const look = () => texts.push(document.querySelector(".badge")?.textContent ?? "");
    new MutationObserver(look).observe(document.body, { childList: true, subtree: true, characterData: true });
    Object.assign(window, { badgeTexts: texts });
  });
  return async (wanted) =>
    (await page.evaluate(() => (window as never as { badgeTexts: string[] }).badgeTexts)).some((text) =>
      wanted.test(text),
    );
}

const stateOf = async ({ page }: PageTime) => (await page.locator(".badge-state").textContent()) ?? "";

/** After that harm to its connection the page comes back by one new connection. */
async function replaces(
  t: TestContext,
  open: OpenTab,
  sockets: boolean,
  harm: (time: PageTime, network: BadNetwork) => Promise<void>,
): Promise<void> {
  const url = await servePages(t, { cameras: [makeScene(t).camera] });
  const network = await badNetwork(t, url, { sockets });
  const time = await openWithTime(open, network.url);
  await untilMoving(time.page);
  await untilBadge(time.page, LIVE);
  assert.equal(network.streams(), 1);
  const before = time.connections();
  await harm(time, network);
  await time.passUntil("it is replaced", () => time.connections() > before);
  await untilMoving(time.page);
  await untilBadge(time.page, LIVE);
  assert.equal(network.streams(), 2);
  await until("one viewer is left, and is on time", async () => {
    const { viewers } = await reportOf(url);
    // Of a WebSocket whose network is dead the server learns by its pings, much later.
    const heard = viewers.filter(({ framing, lagMs }) => framing !== "live" || lagMs < 1000);
    return heard.length === 1 && (heard[0]?.lagMs ?? Infinity) < 1000;
  });
}
