import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { Page } from "playwright-core";
import { renderSVG } from "uqr";
import { type PasswordHash, parsePasswordHash } from "../../src/auth/password-hash.ts";
import { type Capability, readGrant, signGrant } from "../../src/auth/tokens.ts";
import { Users } from "../../src/auth/users.ts";
import { Authenticator } from "../../src/http/access/authenticator.ts";
import { Gate } from "../../src/http/access/gate.ts";
import { contrast, parseColor } from "../support/browsers/contrast.ts";
import { complaintsOf, testInBrowser, untilBadge } from "../support/browsers/tab.ts";
import { pushCamera } from "../support/cameras/push-camera.ts";
import { makeScene } from "../support/cameras/scene.ts";
import { until } from "../support/deferred.ts";
import { servePages } from "../support/serve-pages.ts";
import { proxyBelow } from "../support/sockets/proxies.ts";

const KEY = Buffer.alloc(32, 7);
const PASSWORD = "plugh";
const OWNER = { httpCredentials: { username: "owner", password: PASSWORD } };

/**
 * A camera that is watched, `porch`, and one that others send to, `phone`; behind a password if
 * need be.
 */
async function serveBoth(t: TestContext, isLocked: boolean): Promise<string> {
  const users = new Users([
    { name: "owner", passwordHash: parsePasswordHash(PASSWORD) as PasswordHash, storedText: PASSWORD },
  ]);
  const gate = new Gate({}, isLocked ? new Authenticator({ users, key: () => KEY, realm: "House" }) : undefined);
  const phone = pushCamera(t);
  return await servePages(t, {
    cameras: [makeScene(t).camera, phone.camera],
    publisherSlots: new Map([["phone", phone.inlet]]),
    gate,
  });
}

async function makeToken(cameras: string[], can: Capability[], seconds = 600): Promise<string> {
  return await signGrant(KEY, { cameras, can, expiresAt: Math.floor(Date.now() / 1000) + seconds });
}

const linkOf = (page: Page) => page.getByLabel("Link", { exact: true }).inputValue();

/** Waits until the dialog shows the code of its link. */
async function untilCode(page: Page): Promise<void> {
  const wanted = `data:image/svg+xml,${encodeURIComponent(renderSVG(await linkOf(page), { border: 2 }))}`;
  const code = page.getByRole("img", { name: "QR code of the link" });
  await until("the code is of the link", async () => (await code.getAttribute("src")) === wanted);
}

/** Makes a link in the open dialog; gives what its token is good for. */
async function makeLink(page: Page) {
  const before = await linkOf(page);
  await page.getByRole("button", { name: "Create link" }).click();
  await until("there is another link", async () => (await linkOf(page)) !== before);
  await untilCode(page);
  const token = new URL(await linkOf(page)).searchParams.get("token") ?? "";
  return { token, grant: await readGrant(KEY, token) };
}

testInBrowser("the dialog that shares a camera", (test) => {
  test("without a password gives the plain link and its code, behind a proxy's prefix too", async (t, open) => {
    const base = await proxyBelow(t, await serveBoth(t, false), "/cam");
    const page = await open(`${base}/cameras/porch`);
    const complaints = complaintsOf(page);
    await page.getByRole("button", { name: "Share" }).click();
    const dialog = page.getByRole("dialog", { name: "Share Front porch" });
    await dialog.waitFor();
    assert.equal(new URL(await linkOf(page)).pathname, "/cam/cameras/porch");
    assert.equal(new URL(await linkOf(page)).search, "");
    await untilCode(page);
    await dialog.getByText("Anyone who reaches this server can open it: no password is set.").waitFor();
    assert.equal(await dialog.getByRole("button", { name: "Create link" }).count(), 0);
    assert.equal(await dialog.getByRole("textbox").count(), 1, "no empty fields");
    assert.deepEqual(complaints, []);
  });

  test("makes a link for watching after a sign-in, which opens the page, the stream and the snapshot", async (t, open) => {
    const url = await serveBoth(t, true);
    const page = await open(`${url}/cameras/porch`, OWNER);
    const complaints = complaintsOf(page);
    const asked: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    await untilBadge(page, /^live · /);
    await page.getByRole("button", { name: "Share" }).click();
    await page.getByText("The page asks for the password.").waitFor();
    await untilCode(page);
    await page.getByLabel("for", { exact: true }).selectOption("a day");
    const { token, grant } = await makeLink(page);
    assert.deepEqual([grant?.cameras, grant?.can], [["porch"], ["view", "snapshot"]]);
    assert.ok(Math.abs((grant?.expiresAt ?? 0) - Date.now() / 1000 - 86_400) < 60);
    const note = (await page.locator("#share-note").textContent()) ?? "";
    assert.match(
      note,
      /^Anyone with this link can watch without a password, until .+\. .+, run stillstream revoke-tokens on the server\.$/,
    );
    for (const label of ["Link", "Stream, for <img> and programs", "Snapshot"]) {
      const address = new URL(await page.getByRole("dialog").getByLabel(label, { exact: true }).inputValue());
      assert.equal(address.searchParams.get("token"), token);
      const leave = new AbortController();
      const { status } = await fetch(`${url}${address.pathname}${address.search}`, { signal: leave.signal });
      leave.abort();
      assert.equal(status, 200, label);
    }
    assert.equal(
      await page.getByLabel("For programs that publish: POST, PUT or WebSocket", { exact: true }).isVisible(),
      false,
    );
    assert.deepEqual(
      asked.filter((address) => address.includes(token)),
      [],
      "the token is in no address that is asked for",
    );
    assert.deepEqual(complaints, []);
    const { pathname, search } = new URL(await linkOf(page));
    const guest = await open(url + pathname + search);
    await untilBadge(guest, /^live · /);
  });

  test("makes one to send alone, which opens the page that sends; and none that opens no page", async (t, open) => {
    const page = await open(`${await serveBoth(t, true)}/cameras/phone`, OWNER);
    await page.getByRole("button", { name: "Share" }).click();
    await page.getByLabel("watch", { exact: true }).uncheck();
    await page.getByLabel("write messages").check();
    const before = await linkOf(page);
    await page.getByRole("button", { name: "Create link" }).click();
    await page.getByText("Choose watch or publish: no page is for anything else alone.").waitFor();
    assert.equal(await linkOf(page), before);
    await page.getByLabel("publish to it").check();
    const { token, grant } = await makeLink(page);
    assert.deepEqual(grant?.can, ["push", "control"]);
    assert.match(await linkOf(page), /\/cameras\/phone\/publish\?token=/);
    const frames = page.getByLabel("For programs that publish: POST, PUT or WebSocket", { exact: true });
    assert.match(await frames.inputValue(), new RegExp(`/cameras/phone/frames\\?token=${token}$`));
    const dialog = page.getByRole("dialog");
    assert.equal(await dialog.getByLabel("Snapshot", { exact: true }).count(), 1);
    assert.equal(await dialog.getByLabel("Snapshot", { exact: true }).isVisible(), false);
    assert.match((await page.locator("#share-note").textContent()) ?? "", /can publish to it and write messages/);
  });

  test("says in the server's sentence why no link was made, and so when it cannot be reached", async (t, open) => {
    const page = await open(`${await serveBoth(t, true)}/cameras/porch`, OWNER);
    await page.getByRole("button", { name: "Share" }).click();
    await page.route("**/api/tokens", (route) =>
      route.fulfill({ status: 429, contentType: "application/json", body: '{"error":"Too many; wait."}' }),
    );
    await page.getByRole("button", { name: "Create link" }).click();
    await page.getByRole("alert").filter({ hasText: "Too many; wait." }).waitFor();
    await page.unroute("**/api/tokens");
    await page.route("**/api/tokens", (route) => route.abort());
    await page.getByRole("button", { name: "Create link" }).click();
    await page.getByRole("alert").filter({ hasText: "The server cannot be reached." }).waitFor();
    await page.unroute("**/api/tokens");
    await makeLink(page);
    assert.equal(await page.locator(".share-error").textContent(), "");
  });

  test("gives a guest the link without his token, and no way to make one", async (t, open) => {
    const url = await serveBoth(t, true);
    const page = await open(`${url}/cameras/porch?token=${await makeToken(["porch"], ["view", "snapshot"])}`);
    await page.getByRole("button", { name: "Share" }).click();
    await page
      .getByText(/You opened it by a link yourself: only a user with the password can create more links\./)
      .waitFor();
    assert.equal(new URL(await linkOf(page)).search, "");
    await untilCode(page);
    assert.equal(await page.getByRole("button", { name: "Create link" }).count(), 0);
    const status = await page.evaluate(async () => {
      const body = JSON.stringify({ cameras: ["porch"], can: ["view"] });
      return (await fetch("/api/tokens", { method: "POST", body })).status;
    });
    assert.equal(status, 403);
  });

  test("hands the link to what the system offers, and to the clipboard where plain http has none", async (t, open) => {
    const page = await open("about:blank", OWNER);
    await page.addInitScript(() => {
      Object.assign(navigator, {
        async share(what: unknown) {
          Object.assign(window, { what });
        },
      });
      Object.defineProperty(navigator, "clipboard", { value: undefined });
    });
    await page.goto(`${await serveBoth(t, true)}/cameras/porch`, { waitUntil: "domcontentloaded" });
    await page.getByRole("button", { name: "Share" }).click();
    await makeLink(page);
    const link = await linkOf(page);
    await page.getByRole("button", { name: "Share…" }).click();
    const what = await page.evaluate(() => (window as never as { what: unknown }).what);
    assert.deepEqual(what, { url: link, title: "Front porch" });
    const copy = page.getByRole("button", { name: "Copy Link" });
    await page.evaluate(noteWords);
    await copy.click();
    await until("button and status say so", async () => {
      const words = await page.evaluate(() => (window as never as { words: Record<string, string[]> }).words);
      return ["BUTTON", "SPAN"].every((name) => words[name]?.includes("Copied"));
    });
    await page.keyboard.press("Escape");
    await page.evaluate(() => document.body.append(document.createElement("textarea")));
    await page.locator("textarea").focus();
    await page.keyboard.press("Control+V");
    assert.equal(await page.locator("textarea").inputValue(), link);
  });

  test("is used by keys alone: they stay in it, Escape closes it, and the focus returns", async (t, open) => {
    const url = await serveBoth(t, true);
    const page = await open(`${url}/cameras/phone`, OWNER);
    const focused = () =>
      page.evaluate(() => {
        const element = document.activeElement as HTMLInputElement;
        const name = element.getAttribute("aria-label") ?? (element.labels?.[0] ?? element).textContent?.trim() ?? "";
        const { outlineWidth } = getComputedStyle(element);
        return {
          name,
          id: element.id,
          isIn: element.closest("dialog") !== null,
          outline: Number.parseFloat(outlineWidth),
        };
      });
    await page.locator("#share").focus();
    await page.keyboard.press("Enter");
    assert.equal((await focused()).name, "Copy Link");
    // On the page these lead to the next camera, and fill the screen.
    for (const key of ["ArrowRight", "f"]) await page.keyboard.press(key);
    assert.equal(page.url(), `${url}/cameras/phone`);
    const names = new Set<string>();
    for (let step = 0; step < 12; step++) {
      await page.keyboard.press("Tab");
      const { name, isIn, outline } = await focused();
      // From the last the browser's own controls may follow, where the page has no focus.
      if (!isIn) continue;
      assert.notEqual(name, "");
      assert.ok(outline >= 2, `${name} does not show its focus`);
      names.add(name);
    }
    for (const name of ["Close", "Copy Link", "watch", "publish to it", "for", "Create link"]) {
      assert.ok(names.has(name), `${name} is reached: ${[...names].join(", ")}`);
    }
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    assert.equal(await page.getByRole("dialog").count(), 0);
    assert.equal((await focused()).id, "share");
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor();
    await page.getByRole("button", { name: "Close" }).click();
    assert.equal((await focused()).id, "share");
    await page.keyboard.press("Enter");
    await page.mouse.click(2, 2);
    assert.equal(await page.getByRole("dialog").count(), 0);
  });

  test("fits any screen, and can be read, dark and light", async (t, open) => {
    const page = await open(`${await serveBoth(t, true)}/cameras/phone`, OWNER);
    await page.getByRole("button", { name: "Share" }).click();
    await page.getByLabel("watch", { exact: true }).uncheck();
    await page.getByRole("button", { name: "Create link" }).click();
    await page.getByRole("alert").filter({ hasText: "Choose" }).waitFor();
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      for (const viewport of [
        { width: 390, height: 844 },
        { width: 844, height: 390 },
        { width: 1280, height: 800 },
      ]) {
        await page.setViewportSize(viewport);
        const box = await page.getByRole("dialog").boundingBox();
        assert.ok(box !== null && box.x >= 0 && box.y >= 0, JSON.stringify(box));
        assert.ok(box.x + box.width <= viewport.width && box.y + box.height <= viewport.height, JSON.stringify(box));
        const [content, width] = await page
          .getByRole("dialog")
          .evaluate(({ scrollWidth, clientWidth }) => [scrollWidth, clientWidth]);
        assert.ok((content as number) <= (width as number), `${content} px in ${width}`);
        const copy = await page.getByRole("button", { name: "Copy Link" }).boundingBox();
        assert.ok(copy !== null && copy.height >= 40 && copy.x + copy.width <= box.x + box.width - 16);
      }
      for (const { text, ink, ground } of await wordsIn(page)) {
        const ratio = contrast(parseColor(ink), parseColor(ground));
        assert.ok(ratio >= 4.5, `"${text}" is ${ink} on ${ground}: ${ratio.toFixed(2)} (${colorScheme})`);
      }
    }
  });
});

/** Notes in the page what buttons and statuses of the dialog say: it is gone after a moment. */
function noteWords(): void {
  const words: Record<string, string[]> = {};
  Object.assign(window, { words });
  new MutationObserver(() => {
    for (const { tagName, textContent } of document.querySelectorAll("dialog button, dialog [role=status]")) {
      words[tagName] = [...(words[tagName] ?? []), textContent ?? ""];
    }
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
}

/** The words of the dialog, their color, and that of their ground. */
async function wordsIn(page: Page): Promise<{ text: string; ink: string; ground: string }[]> {
  return await page.getByRole("dialog").evaluate((dialog) => {
    const all = dialog.querySelectorAll<HTMLElement>(
      "h2, h3, p, label, legend, span, button, input[type=text], select",
    );
    const seen = [...all].filter(
      (element) => element.getClientRects().length > 0 && element.className !== "off-screen",
    );
    return seen.map((element) => {
      let parent: HTMLElement | null = element;
      while (parent !== null && /^rgba\(.*, 0\)$/.test(getComputedStyle(parent).backgroundColor)) {
        parent = parent.parentElement;
      }
      const text = element.textContent?.trim() || (element as HTMLInputElement).value;
      const ground = getComputedStyle(parent as HTMLElement).backgroundColor;
      return { text: text.slice(0, 30), ink: getComputedStyle(element).color, ground };
    });
  });
}
