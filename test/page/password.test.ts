import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { readSecret, type Secret } from "../../src/auth/secret.ts";
import { signGrant } from "../../src/auth/tokens.ts";
import { Users } from "../../src/auth/users.ts";
import { Authenticator } from "../../src/http/authenticator.ts";
import { Gate } from "../../src/http/gate.ts";
import { foreignPage } from "../support/foreign-page.ts";
import { makeScenes, type reportOf } from "./scene.ts";
import { serve } from "./serve.ts";
import { testInBrowser, untilBadge, untilMoving } from "./tab.ts";

const KEY = Buffer.alloc(32, 7);
const PASSWORD = "plugh";

/** Two cameras behind a password; gives the URL, and a token to view one of them. */
async function serveLocked(t: TestContext): Promise<{ url: string; token: string }> {
  const users = new Users([{ name: "owner", secret: readSecret(PASSWORD) as Secret, written: PASSWORD }]);
  const gate = new Gate({}, new Authenticator({ users, key: () => KEY, realm: "House" }));
  const url = await serve(t, { cameras: makeScenes(t, 2), gate });
  const expiresAt = Math.floor(Date.now() / 1000) + 600;
  return { url, token: await signGrant(KEY, { cameras: ["two"], can: ["view"], expiresAt }) };
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

  test("a picture with a token moves on a page of another origin, and one without does not", async (t, open) => {
    const { url, token } = await serveLocked(t);
    const image = (id: string, query: string) =>
      `<img id="${id}" crossorigin="anonymous" src="${url}/cameras/two/video_feed${query}">`;
    const page = await open(await foreignPage(t, image("good", `?token=${token}`) + image("bad", "")));
    await untilMoving(page, "#good");
    assert.equal(await page.evaluate(() => (document.querySelector("#bad") as HTMLImageElement).naturalWidth), 0);
  });
});
