import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { PublisherSlot } from "../../src/core/ingest/publisher-slot.ts";
import { push } from "../../src/drivers/push.ts";
import { createTestApp } from "../support/app.ts";
import { type FirefoxTab, openFirefox } from "../support/browsers/firefox.ts";
import { until } from "../support/deferred.ts";
import { segment, tinyJpeg } from "../support/images/jpegs.ts";
import { listen, testCamera } from "../support/serve.ts";
import { needs } from "../support/tools.ts";

const skip = needs("firefox-esr");

/**
 * A name of this machine to Firefox alone; browsers send no `Sec-Fetch-*` headers to it, as to a
 * name of a home network.
 */
const HOME_NAME = "camera.local";

/**
 * What a frame of this publisher says next, if a browser takes it for a page: that a script ran,
 * and where.
 */
const SCRIPT = `<script>fetch("/ran?" + location.origin)</script>`;

/** Serves a camera that anybody may send to; `ran` has the requests of the publisher's script. */
async function servePhone(t: TestContext) {
  const inlet = new PublisherSlot({ stallMs: 10_000 });
  const open = (context: Parameters<typeof push.open>[1]) => push.open({}, { ...context, publisherSlot: inlet });
  const camera = testCamera(t, { name: "phone", driver: "push", isListening: true, isAlwaysOn: true, open });
  camera.start();
  t.after(() => inlet.close());
  const app = createTestApp({ cameras: [camera], publisherSlots: new Map([["phone", inlet]]) });
  const ran: string[] = [];
  const server = createServer((request, response) => {
    if (request.url?.startsWith("/ran")) ran.push(request.url);
    app(request, response);
  });
  return { url: await listen(t, server), camera, ran, server };
}

/** The boundary as any viewer reads it. */
async function boundaryOf(url: string): Promise<string> {
  const leave = new AbortController();
  const { headers } = await fetch(`${url}/video_feed`, { signal: leave.signal });
  leave.abort();
  return /boundary=(\S+)/.exec(headers.get("content-type") ?? "")?.[1] ?? "";
}

/** A frame whose comment ends its part and begins a page. */
function attack(boundary: string): Buffer {
  const part = `\r\n--${boundary}\r\nContent-Type: text/html\r\n\r\n<!doctype html>${SCRIPT}\r\n--${boundary}\r\n`;
  return tinyJpeg({ extra: [segment(0xfe, Buffer.from(part))] });
}

/** A page of the origin of `server` around a stream. */
function around(tag: string, src: string): string {
  const elements: Record<string, string> = {
    iframe: `<iframe src="${src}"></iframe>`,
    object: `<object data="${src}"></object>`,
    embed: `<embed src="${src}">`,
  };
  return `<!doctype html><title>A page</title>${elements[tag]}`;
}

/** Serves a page of another origin. */
async function serveHtml(t: TestContext, html: string): Promise<string> {
  return await listen(
    t,
    createServer((_request, response) => response.setHeader("Content-Type", "text/html").end(html)),
  );
}

const portOf = (server: Server) => (server.address() as AddressInfo).port;

test("in Firefox no script of a publisher runs in our origin, however a stream is opened", { skip }, async (t) => {
  const firefox = await openFirefox(t);

  for (const framing of ["length", "advance"]) {
    for (const tag of ["document", "iframe", "object", "embed"]) {
      await t.test(`framing=${framing}, ${tag}`, async (t) => {
        const { url, ran, server } = await servePhone(t);
        const boundary = await boundaryOf(url);
        for (const origin of [url, `http://${HOME_NAME}:${portOf(server)}`]) {
          const stream = `${origin}/video_feed?framing=${framing}`;
          await openTab(t, firefox, tag === "document" ? stream : await serveHtml(t, around(tag, stream)));
          await post(url, attack(boundary), 3);
        }
        assert.deepEqual(ran, []);
      });
    }
  }

  await t.test("and none does where the policy of a stream is all that stops it", async (t) => {
    const { url } = await servePhone(t);
    const leave = new AbortController();
    const { headers } = await fetch(`${url}/video_feed`, { signal: leave.signal });
    leave.abort();
    for (const policy of [null, headers.get("content-security-policy")]) {
      const ran: string[] = [];
      const fake = createServer((request, response) => {
        if (request.url?.startsWith("/ran")) ran.push(request.url);
        if (request.url !== "/") return void response.writeHead(404).end();
        if (policy !== null) response.setHeader("Content-Security-Policy", policy);
        response.setHeader("Content-Type", "multipart/x-mixed-replace; boundary=frame");
        response.write(`--frame\r\nContent-Type: text/html\r\n\r\n${SCRIPT}\r\n--frame\r\n`);
        return undefined;
      });
      const fakeUrl = await listen(t, fake);
      const tab = await firefox.open("about:blank");
      await tab.goto(fakeUrl).catch(() => {});
      // Without the policy the script does run: what proves the test.
      if (policy === null) await until("the script ran", () => ran.length > 0, 20_000);
      else {
        await settle(tab);
        assert.deepEqual(ran, []);
      }
    }
  });
});

/** Opens one without waiting for what never ends. */
async function openTab(t: TestContext, firefox: Awaited<ReturnType<typeof openFirefox>>, url: string) {
  const tab = await firefox.open("about:blank");
  t.after(() => tab.goto("about:blank"));
  await Promise.race([tab.goto(url).catch(() => {}), new Promise((resolve) => setTimeout(resolve, 2000))]);
}

/** Sends a frame a few times, as a publisher does. */
async function post(url: string, jpeg: Buffer, times: number): Promise<void> {
  for (let sent = 0; sent < times; sent++) {
    await fetch(`${url}/cameras/phone/frames`, {
      method: "POST",
      headers: { "Content-Type": "image/jpeg" },
      body: new Uint8Array(jpeg),
    });
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Gives a script the time to run: another page's has run meanwhile. */
async function settle(tab: FirefoxTab): Promise<void> {
  await tab.goto("about:blank");
  await new Promise((resolve) => setTimeout(resolve, 1000));
}
