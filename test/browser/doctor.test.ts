import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { TestContext } from "node:test";
import express from "express";
import type { Page } from "playwright-core";
import { Gate } from "../../src/http/access/gate.ts";
import { BURST, doctorBurstRoute } from "../../src/http/routes/doctor.ts";
import { parseTrustedProxies, type TrustedProxies } from "../../src/net/trusted-proxies.ts";
import { complaintsOf, type OpenTab, testInBrowser } from "../support/browsers/tab.ts";
import { burst } from "../support/burst.ts";
import { makeScene } from "../support/cameras/scene.ts";
import { startNginx } from "../support/programs/proxy-programs.ts";
import { listen, serve } from "../support/serve.ts";
import { proxyBelow } from "../support/sockets/proxies.ts";
import { needs } from "../support/tools.ts";
import { serveLive } from "../support/viewers/live-client.ts";

const NGINX = needs("nginx", "nginx-light");

/** What the page says of a check, once it has looked. */
async function finding(page: Page, check: string): Promise<{ level: string | null; text: string }> {
  const item = page.locator(`.finding[data-check=${check}]`).first();
  await item.waitFor();
  return { level: await item.getAttribute("data-level"), text: (await item.textContent()) ?? "" };
}

async function serveScene(t: TestContext, findings: readonly object[] = [], gate = new Gate()): Promise<string> {
  return await serve(t, { cameras: [makeScene(t).camera], examine: async () => ({ at: 0, findings }), gate });
}

/**
 * Opens the page of the server at `base`. The burst, which takes the server two seconds, comes at
 * once.
 */
async function openDoctor(open: OpenTab, base: string, prepare: (page: Page) => Promise<unknown> = async () => {}) {
  const page = await open("about:blank");
  await page.route("**/doctor/burst", (route) => route.fulfill({ body: burst() }));
  await prepare(page);
  const complaints = complaintsOf(page);
  await page.goto(`${base}/doctor`);
  return { page, complaints };
}

/** Behind nginx on this machine, which forwards the client's address. */
async function nginxBefore(t: TestContext, directives: string): Promise<string> {
  const url = await serveScene(t, [], new Gate({ trust: parseTrustedProxies("loopback") as TrustedProxies }));
  const telling = "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;";
  return await startNginx(t, `location / { proxy_pass ${url}; ${telling} ${directives} }`);
}

testInBrowser("the doctor's page", (test) => {
  test("says that the way is clear, below any prefix", async (t, open) => {
    const { page, complaints } = await openDoctor(open, await proxyBelow(t, await serveScene(t), "/cam"));
    assert.equal((await finding(page, "buffering")).level, "ok");
    assert.match((await finding(page, "trip")).text, /The round trip to the server takes [\d.]+ ms/);
    assert.equal((await finding(page, "clocks")).level, "ok");
    assert.equal((await finding(page, "secure")).level, "ok");
    assert.equal((await finding(page, "abilities")).level, "ok");
    assert.equal((await finding(page, "mixed")).level, "note");
    assert.equal(await page.locator("[data-check=compression]").count(), 0);
    assert.deepEqual(
      complaints.filter((complaint) => !complaint.includes("WebSocket")),
      [],
    );
  });

  test("shows the server's findings, the worst first, and looks again when asked", async (t, open) => {
    const one = (level: string, what: string) => ({ check: "x", about: "Clock", level, what, fix: "Run `date`." });
    const url = await serveScene(t, [one("ok", "Good."), one("problem", "Bad <b>."), one("note", "So.")]);
    const { page } = await openDoctor(open, url);
    await page.locator("#verdict[data-level=problem]").waitFor();
    assert.match((await page.locator("#verdict").textContent()) ?? "", /^\d problems? and \d notes?\.$/);
    assert.deepEqual(await page.locator("#there .finding-what").allTextContents(), ["Bad <b>.", "So.", "Good."]);
    assert.equal(await page.locator("#there code").first().textContent(), "date");
    await page.getByRole("button", { name: "Run again" }).click();
    await page.locator("#verdict[data-level='']").waitFor();
    await page.locator("#verdict[data-level=problem]").waitFor();
  });

  test("says how far the server's clock is off", async (t, open) => {
    const url = await serveScene(t);
    const { page } = await openDoctor(open, url, (page) => page.clock.setFixedTime(Date.now() - 600_000));
    const { level, text } = await finding(page, "clocks");
    assert.equal(level, "note");
    assert.match(text, /The server's clock is 10 min ahead of this device's\./);
  });

  test("says what an address that is not secure, and a browser that lacks something, do without", async (t, open) => {
    const url = await serveScene(t);
    const { page } = await openDoctor(open, url, (page) =>
      page.addInitScript(() => {
        Object.defineProperty(globalThis, "isSecureContext", { value: false });
        Reflect.deleteProperty(globalThis, "OffscreenCanvas");
      }),
    );
    assert.deepEqual(
      [(await finding(page, "secure")).level, (await finding(page, "OffscreenCanvas")).level],
      ["note", "note"],
    );
  });

  test("says that WebSockets get through", async (t, open) => {
    const { page } = await openDoctor(open, (await serveLive(t, [makeScene(t).camera])).url);
    assert.equal((await finding(page, "websocket")).level, "ok");
  });

  test("says that WebSockets do not get through", async (t, open) => {
    // A proxy that was not told of them.
    const { page } = await openDoctor(open, await proxyBelow(t, await serveScene(t), "/cam"));
    const { level, text } = await finding(page, "websocket");
    assert.equal(level, "problem");
    assert.match(text, /Upgrade and Connection/);
  });

  test("without JavaScript says where else the report is", async (t, open) => {
    const page = await open(`${await serveScene(t)}/doctor`, { javaScriptEnabled: false });
    assert.match((await page.locator("main").textContent()) ?? "", /stillstream doctor/);
    assert.equal(await page.locator("button:visible").count(), 0);
  });

  if (NGINX === false) {
    test("says that nginx compresses, and keeps pictures back", async (t, open) => {
      const zip = "gzip on; gzip_types *; gzip_proxied any; proxy_buffering on;";
      const zips = await open(`${await nginxBefore(t, zip)}/doctor`);
      const compression = await finding(zips, "compression");
      assert.equal(compression.level, "problem");
      assert.match(compression.text, /gzip/);
      const deaf = `${zip} proxy_ignore_headers X-Accel-Buffering;`;
      const page = await open(`${await nginxBefore(t, deaf)}/doctor`);
      assert.equal((await finding(page, "compression")).level, "problem");
      const buffering = await finding(page, "buffering");
      assert.equal(buffering.level, "problem");
      assert.match(buffering.text, /holds frames up, for up to \d\.\d s/);
      assert.match(buffering.text, /turn off buffering and compression/);
    });

    test("says that nginx keeps pictures back where it heeds no header", async (t, open) => {
      // A buffer of the default 4 KB fills in the very time that is still called clear.
      const deaf = "proxy_buffering on; proxy_buffers 4 16k; proxy_ignore_headers X-Accel-Buffering;";
      const page = await open(`${await nginxBefore(t, deaf)}/doctor`);
      assert.equal((await finding(page, "buffering")).level, "problem");
      assert.equal(await page.locator("[data-check=compression]").count(), 0);
    });

    test("has nginx forward each chunk at once where it heeds the header", async (t) => {
      // The next one would come in an hour.
      const url = await listen(t, createServer(express().get("/", doctorBurstRoute({ everyMs: 3_600_000 }))));
      const nginx = await startNginx(t, `location / { proxy_pass ${url}; proxy_buffering on; }`);
      const reader = (await fetch(nginx)).body?.getReader();
      assert.equal((await reader?.read())?.value?.length, BURST.bytes);
      await reader?.cancel();
    });
  }
});
