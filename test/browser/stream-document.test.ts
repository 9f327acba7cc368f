import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { PublisherSlot } from "../../src/core/ingest/publisher-slot.ts";
import { push } from "../../src/drivers/push.ts";
import { Viewers } from "../../src/http/streaming/viewers.ts";
import { createTestApp } from "../support/app.ts";
import { openFirefox } from "../support/browsers/firefox.ts";
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
const SCRIPT = `<script>fetch("/ran?" + encodeURIComponent(location.href))</script>`;

const TAGS = ["document", "iframe", "object", "embed"];

/** Serves a camera that anybody may send to; `ran` has the requests of the publisher's script. */
async function servePhone(t: TestContext) {
  const inlet = new PublisherSlot({ stallMs: 10_000 });
  const open = (context: Parameters<typeof push.open>[1]) => push.open({}, { ...context, publisherSlot: inlet });
  const camera = testCamera(t, { name: "phone", driver: "push", isListening: true, isAlwaysOn: true, open });
  camera.start();
  t.after(() => inlet.close());
  const viewers = new Viewers(100);
  const app = createTestApp({ cameras: [camera], publisherSlots: new Map([["phone", inlet]]), viewers });
  const ran: string[] = [];
  const server = createServer((request, response) => {
    if (request.url?.startsWith("/ran")) ran.push(request.url);
    app(request, response);
  });
  return { url: await listen(t, server), ran, server, watching: () => viewers.status(camera.name).length };
}

/** The boundary as any viewer reads it. */
async function boundaryOf(url: string): Promise<string> {
  const { headers } = await stream(`${url}/video_feed`);
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
  const ran: string[][] = [];
  for (const framing of ["length", "advance"]) {
    const phone = await servePhone(t);
    const boundary = await boundaryOf(phone.url);
    const origins = [phone.url, `http://${HOME_NAME}:${portOf(phone.server)}`];
    for (const tag of TAGS) {
      for (const origin of origins) {
        const stream = `${origin}/video_feed?framing=${framing}&_=${tag}`;
        await openTab(firefox, tag === "document" ? stream : await serveHtml(t, around(tag, stream)));
      }
    }
    await until("all streams are open", () => phone.watching() === TAGS.length * origins.length);
    for (let sent = 0; sent < 3; sent++) await post(phone.url, attack(boundary));
    ran.push(phone.ran);
  }

  // The policy of a stream is all that stops the first script of these; without it one does run,
  // which proves this test.
  const { headers } = await stream(`${(await servePhone(t)).url}/video_feed`);
  const withPolicy = await serveScript(t, headers.get("content-security-policy"));
  await openTab(firefox, withPolicy.url);
  await until("it is open", withPolicy.isOpen);
  const without = await serveScript(t, null);
  await openTab(firefox, without.url);
  await until("the script ran", () => without.ran.length > 0);
  assert.deepEqual([...ran, withPolicy.ran], [[], [], []]);
});

/** Serves a stream whose first part is a page with a script. */
async function serveScript(t: TestContext, policy: string | null) {
  const ran: string[] = [];
  let isOpen = false;
  const server = createServer((request, response) => {
    if (request.url?.startsWith("/ran")) ran.push(request.url);
    if (request.url !== "/") return void response.writeHead(404).end();
    if (policy !== null) response.setHeader("Content-Security-Policy", policy);
    response.setHeader("Content-Type", "multipart/x-mixed-replace; boundary=frame");
    response.write(`--frame\r\nContent-Type: text/html\r\n\r\n${SCRIPT}\r\n--frame\r\n`);
    isOpen = true;
    return undefined;
  });
  return { url: await listen(t, server), ran, isOpen: () => isOpen };
}

/** Opens one without waiting for what never ends. */
async function openTab(firefox: Awaited<ReturnType<typeof openFirefox>>, url: string): Promise<void> {
  const tab = await firefox.open("about:blank");
  tab.goto(url).catch(() => {});
}

/** Returns the answer of a stream without its frames. */
async function stream(url: string): Promise<Response> {
  const leave = new AbortController();
  const response = await fetch(url, { signal: leave.signal });
  leave.abort();
  return response;
}

async function post(url: string, jpeg: Buffer): Promise<void> {
  await fetch(`${url}/cameras/phone/frames`, {
    method: "POST",
    headers: { "Content-Type": "image/jpeg" },
    body: new Uint8Array(jpeg),
  });
}
