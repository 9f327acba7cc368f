import assert from "node:assert/strict";
import { once } from "node:events";
import type { TestContext } from "node:test";
import type { Page } from "playwright-core";
import { type OpenTab, setHidden, testInBrowser, untilBadge, untilMoving } from "../support/browsers/tab.ts";
import { makeScene, makeScenes, reportOf } from "../support/cameras/scene.ts";
import { until } from "../support/deferred.ts";
import { startProgram } from "../support/programs/program.ts";
import { servePages } from "../support/serve-pages.ts";
import { type BadNetwork, badNetwork } from "../support/sockets/proxies.ts";

const LIVE = /^live · /;

testInBrowser("a page that loses its stream", (test) => {
  test("is live again without a reload when the program was killed and started again", async (t, open) => {
    const first = await startProgram(t, ["fake#fps=10"]);
    const page = await open(first.url);
    await untilBadge(page, LIVE);
    await page.evaluate(() => document.body.setAttribute("data-loaded", "once"));

    first.process.kill("SIGKILL");
    await once(first.process, "close");
    await untilBadge(page, /^reconnecting/);
    await page.locator(".stage.stale", { hasText: "The server does not answer." }).waitFor();

    await startProgram(t, ["fake#fps=10", "--port", new URL(first.url).port]);
    await untilBadge(page, LIVE);
    await untilMoving(page);
    assert.equal(await page.locator("body").getAttribute("data-loaded"), "once");
  });

  for (const [what, sockets] of [
    ["connection", true],
    ["stream, where no WebSocket comes through,", false],
  ] as const) {
    test(`replaces a ${what} that stalls while the server still answers`, async (t, open) => {
      await replaces(t, open, sockets, async (page, network) => {
        network.freeze();
        // Of a stream nobody can tell that from a still scene yet: it is replaced on suspicion, and
        // the page says nothing.
        if (sockets) await untilBadge(page, /^reconnecting · \d\.\d s old/);
      });
    });

    test(`replaces a ${what} that the server has lost and the browser still believes in`, async (t, open) => {
      await replaces(t, open, sockets, async (page, network) => {
        network.cut();
        await untilBadge(page, /^reconnecting/);
      });
    });

    test(`on a wall replaces each ${what} that stalls there`, async (t, open) => {
      const url = await servePages(t, { cameras: makeScenes(t, 2) });
      const network = await badNetwork(t, url, { sockets });
      const page = await open(network.url);
      for (const name of ["one", "two"]) await untilMoving(page, `[data-camera=${name}] .picture`);
      network.freeze();
      for (const name of ["one", "two"]) await untilMoving(page, `[data-camera=${name}] .picture`, 25_000);
      for (const name of ["one", "two"]) await untilBadge(page, LIVE, `[data-camera=${name}]`);
    });
  }

  test("leaves a still scene alone while its connection is good", async (t, open) => {
    const network = await badNetwork(t, await servePages(t, { cameras: [makeScene(t, { still: true }).camera] }));
    const page = await open(network.url);
    await untilBadge(page, LIVE);
    const words = new Set<string>();
    const settled = performance.now() + 9000;
    await until("a dead connection would have been given up", async () => {
      words.add((await page.locator(".badge-state").textContent()) ?? "");
      return performance.now() > settled;
    });
    assert.deepEqual([...words], ["live"]);
    assert.equal(network.streams(), 1);
  });

  test("leaves a still scene in a stream alone while its connection is good, and only then", async (t, open) => {
    const scene = makeScene(t, { still: true });
    const network = await badNetwork(t, await servePages(t, { cameras: [scene.camera] }), { sockets: false });
    const page = await open(network.url);
    await untilBadge(page, LIVE);
    // A still may be fetched again now and then, but must not be shown.
    const words = new Set<string>();
    await until("it has been asked for again", async () => {
      words.add((await page.locator(".badge-state").textContent()) ?? "");
      return network.streams() >= 2;
    });
    const settled = performance.now() + 1500;
    await until("that has passed", async () => {
      words.add((await page.locator(".badge-state").textContent()) ?? "");
      return performance.now() > settled;
    });
    assert.deepEqual([...words], ["live"]);

    // The pixels are now trusted for longer than this takes: it is the server that no longer names
    // this page.
    const before = network.streams();
    network.cut();
    await until("the page asks again", () => network.streams() > before, 7500);
    await untilBadge(page, LIVE);
  });

  test("does not reconnect while it is hidden", async (t, open) => {
    const url = await servePages(t, { cameras: [makeScene(t).camera] });
    const network = await badNetwork(t, url);
    const page = await open(network.url);
    await untilBadge(page, LIVE);
    await setHidden(page, true);
    await until("nobody watches", async () => (await reportOf(url)).viewers.length === 0);
    const before = network.streams();
    // Longer than any watch takes to grow suspicious.
    await new Promise((resolve) => setTimeout(resolve, 6000));
    assert.equal(network.streams(), before);
  });
});

/** After that harm to its connection the page comes back by one new connection. */
async function replaces(
  t: TestContext,
  open: OpenTab,
  sockets: boolean,
  harm: (page: Page, network: BadNetwork) => Promise<void>,
): Promise<void> {
  const url = await servePages(t, { cameras: [makeScene(t).camera] });
  const network = await badNetwork(t, url, { sockets });
  const page = await open(network.url);
  await untilMoving(page);
  await untilBadge(page, LIVE);
  assert.equal(network.streams(), 1);
  await harm(page, network);
  await untilMoving(page);
  await untilBadge(page, LIVE);
  assert.equal(network.streams(), 2);
  await until("one viewer is left, and is on time", async () => {
    const { viewers } = await reportOf(url);
    // Of a WebSocket whose network is dead the server learns by its pings, much later.
    const heard = viewers.filter(({ framing, lagMs }) => framing !== "live" || lagMs < 1000);
    return heard.length === 1 && (heard[0]?.lagMs ?? Infinity) < 1000;
  });
}
