import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import type { TestContext } from "node:test";
import { type PasswordHash, parsePasswordHash } from "../../src/auth/password-hash.ts";
import { signGrant } from "../../src/auth/tokens.ts";
import { Users } from "../../src/auth/users.ts";
import { Authenticator } from "../../src/http/access/authenticator.ts";
import { Gate } from "../../src/http/access/gate.ts";
import { foreignPage } from "../support/browsers/foreign-page.ts";
import { testInBrowser, untilBadge, untilMoving, untilSeenMoving } from "../support/browsers/tab.ts";
import { makeScenes, type reportOf } from "../support/cameras/scene.ts";
import { until } from "../support/deferred.ts";
import { servePages } from "../support/serve-pages.ts";
import { proxyBelow } from "../support/sockets/proxies.ts";

const KEY = Buffer.alloc(32, 7);
const PASSWORD = "plugh";

/** Two cameras behind a password; gives the URL, and tokens to view one of them. */
async function serveLocked(t: TestContext) {
  const users = new Users([
    { name: "owner", passwordHash: parsePasswordHash(PASSWORD) as PasswordHash, storedText: PASSWORD },
  ]);
  const gate = new Gate({}, new Authenticator({ users, key: () => KEY, realm: "House" }));
  const url = await servePages(t, { cameras: makeScenes(t, 2), gate });
  const sign = async (seconds: number) => {
    const expiresAt = Math.floor(Date.now() / 1000) + seconds;
    return await signGrant(KEY, { cameras: ["two"], can: ["view"], expiresAt });
  };
  return { url, gate, sign, token: await sign(600) };
}

testInBrowser("behind a password", (test) => {
  test("a page is live over its WebSocket once the browser has given the password", async (t, open) => {
    const { url } = await serveLocked(t);
    const page = await open(`${url}/cameras/one`, { httpCredentials: { username: "owner", password: PASSWORD } });
    await untilBadge(page, /^live · /);
    await untilMoving(page);
    const headers = { Authorization: `Basic ${Buffer.from(`owner:${PASSWORD}`).toString("base64")}` };
    const report = await (await fetch(`${url}/api/cameras/one`, { headers })).json();
    assert.match(JSON.stringify((report as Awaited<ReturnType<typeof reportOf>>).viewers), /live/);
  });

  test("a page whose session is over is live again by the password that the browser keeps", async (t, open) => {
    const { url, gate } = await serveLocked(t);
    const headers = { Authorization: `Basic ${Buffer.from(`owner:${PASSWORD}`).toString("base64")}` };
    const watching = async () => {
      const report = await (await fetch(`${url}/api/cameras/one`, { headers })).json();
      return (report as Awaited<ReturnType<typeof reportOf>>).viewers.filter(({ framing }) => framing === "live");
    };
    const page = await open(`${url}/cameras/one`, { httpCredentials: { username: "owner", password: PASSWORD } });
    await untilBadge(page, /^live · /);
    const before = (await watching()).map(({ id }) => id);
    await page.context().clearCookies();
    gate.heldConnections.endAll();
    // Chromium gives it to the WebSocket itself, once that was refused.
    await until("it is over a WebSocket again", async () => (await watching()).some(({ id }) => !before.includes(id)));
    await untilBadge(page, /^live · /);
    await untilMoving(page);
  });

  test("a page opened with a token is live, shows its own camera alone, and its snapshot can be had", async (t, open) => {
    const { url, token } = await serveLocked(t);
    const page = await open(`${url}/?token=${token}`);
    await untilBadge(page, /^live · /);
    await untilMoving(page);
    assert.equal(await page.getByRole("heading", { level: 1 }).textContent(), "two");
    assert.doesNotMatch(await page.content(), /cameras\/one/);
    const status = await page.evaluate(async () => (await fetch("/cameras/two/snapshot.jpg")).status);
    assert.equal(status, 200);
  });

  test("an element with a token is live on a page of another origin, shows the token nowhere, and gives a snapshot", async (t, open) => {
    const { url, token } = await serveLocked(t);
    const html = (given: string) =>
      `<script type="module" src="${url}/public/embed.js"></script><still-stream camera="two"${given} controls></still-stream>`;
    const page = await open(await foreignPage(t, html(` token="${token}"`)));
    const badge = page.locator("still-stream .badge");
    await badge.filter({ hasText: /^live · / }).waitFor();
    await untilSeenMoving(page, "still-stream");
    const shown = await page.locator("still-stream").evaluate((element) => element.shadowRoot?.innerHTML ?? "");
    assert.ok(shown.includes("Snapshot") && !shown.includes(token), shown);
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Snapshot" }).click(),
    ]);
    assert.equal(download.suggestedFilename(), "two.jpg");
    assert.deepEqual([...(await readFile(await download.path())).subarray(0, 2)], [0xff, 0xd8]);
    const without = await open(await foreignPage(t, html("")));
    await without.getByText("Sign in required: send a password or a token.").waitFor();
    await without
      .locator("still-stream .badge")
      .filter({ hasText: /^refused/ })
      .waitFor();
    await without.locator("still-stream").evaluate((element, token) => element.setAttribute("token", token), token);
    await without
      .locator("still-stream .badge")
      .filter({ hasText: /^live · / })
      .waitFor();
  });

  test("an element with a token is live where no WebSocket comes through", async (t, open) => {
    const { url, token } = await serveLocked(t);
    const base = await proxyBelow(t, url, "/cam", {}, () => false);
    const html = `<script type="module" src="${base}/public/embed.js"></script><still-stream camera="two" token="${token}"></still-stream>`;
    const page = await open(await foreignPage(t, html));
    await page
      .locator("still-stream .badge")
      .filter({ hasText: /^live · / })
      .waitFor();
    await untilSeenMoving(page, "still-stream");
  });

  test("an element and a page whose token is over say so, and what to do", async (t, open) => {
    const { url, sign } = await serveLocked(t);
    const token = await sign(4);
    const html = `<script type="module" src="${url}/public/embed.js"></script><still-stream camera="two" token="${token}"></still-stream>`;
    const page = await open(`${url}/cameras/two?token=${token}`);
    const foreign = await open(await foreignPage(t, html));
    await page.getByText(/^Your session has expired\. Reload to sign in/).waitFor();
    await untilBadge(page, /^refused$/);
    await foreign.getByText(/^Token expired: it was valid until .* UTC\. Ask for a new link/).waitFor();
    const later = await page.goto(`${url}/cameras/two?token=${token}`);
    assert.equal(later?.status(), 401);
    await page.getByRole("heading", { name: "This link is not valid" }).waitFor();
    await page.getByText(/^Token expired: it was valid until .* UTC\. Ask for a new link/).waitFor();
    const way = page.getByRole("link", { name: "Sign in" });
    assert.equal(await way.evaluate((link) => (link as HTMLAnchorElement).href), `${url}/cameras/two?`);
  });

  test("a picture with a token moves on a page of another origin, and one without does not", async (t, open) => {
    const { url, token } = await serveLocked(t);
    const image = (id: string, query: string) =>
      `<img id="${id}" crossorigin="anonymous" src="${url}/cameras/two/video_feed${query}">`;
    const page = await open(await foreignPage(t, image("good", `?token=${token}`) + image("bad", "")));
    await untilMoving(page, "#good");
    assert.equal(await page.evaluate(() => (document.querySelector("#bad") as HTMLImageElement).naturalWidth), 0);
  });
});
