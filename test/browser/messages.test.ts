import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { Page } from "playwright-core";
import { MessageLog } from "../../src/messages/message-log.ts";
import { complaintsOf, type OpenTab, setHidden, testInBrowser } from "../support/browsers/tab.ts";
import { makeScene } from "../support/cameras/scene.ts";
import { until } from "../support/deferred.ts";
import { servePages } from "../support/serve-pages.ts";

async function openPorch(t: TestContext, open: OpenTab, prepare: (messages: MessageLog) => void = () => {}) {
  const messages = new MessageLog();
  prepare(messages);
  const url = await servePages(t, { cameras: [makeScene(t).camera], messagesOf: () => messages });
  return { messages, url, page: await open(url) };
}

const textsOf = (page: Page) => page.locator(".message-list p").allTextContents();

async function untilTexts(page: Page, wanted: readonly string[]): Promise<void> {
  await until(
    `the log has ${wanted.length} messages`,
    async () => (await textsOf(page)).join("|") === wanted.join("|"),
  );
}

testInBrowser("the messages on a camera's page", (test) => {
  test("are folded away until there is one, which opens the log, and come as they are said", async (t, open) => {
    const { messages, page } = await openPorch(t, open);
    const log = page.locator(".message-list");
    await page.locator("#messages summary").waitFor();
    assert.equal(await log.isVisible(), false);
    messages.receive("udp 127.0.0.1:5005", "one");
    await untilTexts(page, ["one"]);
    messages.receive("tcp 127.0.0.1:5006", "two");
    await untilTexts(page, ["one", "two"]);
    assert.deepEqual(await page.locator(".message-list span").allTextContents(), [
      "udp 127.0.0.1:5005",
      "tcp 127.0.0.1:5006",
    ]);
    assert.match((await page.locator(".message-list time").first().textContent()) ?? "", /\d+:\d\d:\d\d/);
    await until("it says how many", async () => (await page.locator(".messages-count").textContent()) === "2");
  });

  test("are text, whatever they look like", async (t, open) => {
    const hostile = '<img src=x onerror="document.title=1"><script>document.title=2</script>&amp;\nnew line';
    const { page, messages } = await openPorch(t, open);
    const complaints = complaintsOf(page);
    const title = await page.title();
    messages.receive("<b>somebody</b>", hostile);
    await untilTexts(page, [hostile]);
    assert.deepEqual(await page.locator(".message-list span").allTextContents(), ["<b>somebody</b>"]);
    assert.equal(await page.locator(".message-list :is(img, script, b)").count(), 0);
    assert.equal(await page.title(), title);
    assert.deepEqual(complaints, []);
  });

  test("can be sent from there, and the page says whether anybody took it", async (t, open) => {
    const { messages, page } = await openPorch(t, open);
    await page.locator("#messages summary").click();
    const [input, note] = [page.getByLabel("Message to this camera's publisher"), page.locator(".message-note")];
    await input.fill("hello <there>");
    await input.press("Enter");
    await untilTexts(page, ["hello <there>"]);
    await until(
      "nobody took it",
      async () => (await note.textContent()) === "Kept. No client that takes messages is connected.",
    );
    assert.equal(await input.inputValue(), "");
    const heard: string[] = [];
    messages.connect((text) => heard.push(text));
    await input.fill("again");
    await page.locator("#messages").getByRole("button", { name: "Send" }).click();
    await until("somebody did", async () => (await note.textContent()) === "");
    assert.deepEqual(heard, ["again"]);
  });

  test("begin with those that were kept, and the newest is in sight", async (t, open) => {
    const { page } = await openPorch(t, open, (messages) => {
      for (let count = 0; count < 210; count++) messages.receive("me", `message ${count}`);
    });
    const last = page.locator(".message-list p", { hasText: "message 209" });
    await last.waitFor();
    assert.equal((await textsOf(page))[0], "message 10");
    const [list, row] = [await page.locator(".message-list").boundingBox(), await last.boundingBox()];
    assert.ok(list !== null && row !== null && row.y + row.height <= list.y + list.height + 1);
  });

  test("hold a connection only while the log is open and the page in front", async (t, open) => {
    const { messages, page } = await openPorch(t, open, (messages) => messages.receive("me", "first"));
    await untilTexts(page, ["first"]);
    const asked: string[] = [];
    page.on("request", (request) => {
      if (request.url().includes("/messages/stream")) asked.push(request.url());
    });
    const closed = page.waitForEvent("requestfailed", (request) => request.url().includes("/messages/stream"));
    await setHidden(page, true);
    await closed;
    messages.receive("me", "meanwhile");
    await setHidden(page, false);
    await untilTexts(page, ["first", "meanwhile"]);
    assert.equal(asked.length, 1);
    const folded = page.waitForEvent("requestfailed", (request) => request.url().includes("/messages/stream"));
    await page.locator("#messages summary").click();
    await folded;
    // What a person has folded away stays so.
    messages.receive("me", "third");
    await until("it is counted", async () => (await page.locator(".messages-count").textContent()) === "3");
    assert.equal(await page.locator(".message-list").isVisible(), false);
  });
});
