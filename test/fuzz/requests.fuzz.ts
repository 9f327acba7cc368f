import assert from "node:assert/strict";
import { Agent, type IncomingMessage, request } from "node:http";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { until } from "../support/deferred.ts";
import { COSTLY_RUNS, FUZZ_TIMEOUT } from "../support/fuzz.ts";
import { libjpegJpeg } from "../support/images/encoded-jpegs.ts";
import { serve, testCamera } from "../support/serve.ts";

const PATHS = [
  ...[
    "/",
    "/cameras/test",
    "/cameras/test/",
    "/cameras/x",
    "/cameras/%2e%2e",
    "/cameras/%ff",
    "/embed",
    "/cameras/test/embed",
    "/cameras/test/bare",
    "/cameras/test/publish.svg",
  ],
  ...[
    "/video_feed",
    "/stream.mjpg",
    "/cameras/test/video_feed",
    "/snapshot.jpg",
    "/api/frame.jpeg",
    "/state",
    "/healthz",
    "/metrics",
    "/live",
    "/manifest.webmanifest",
  ],
  ...[
    "/api/cameras",
    "/api/cameras/test",
    "/api/cameras/test/controls",
    "/api/cameras/test/messages",
    "/api/cameras/test/messages/stream",
    "/api/tokens",
    "/api/devices",
  ],
  ...[
    "/public/picture.css",
    "/public/../package.json",
    "/public/%2e%2e/package.json",
    "/public/%00",
    "/favicon.ico",
    "//",
    "/api/doctor/time",
  ],
];
/** Visible ASCII, which is all that a request line may contain (RFC 9112, 3). */
const visible = fc.string({
  unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
  maxLength: 20,
});
const query = fc.oneof(
  fc.constantFrom(
    ...[
      "",
      "?",
      "?action=stream_99999999999999999999",
      "?action=snapshot_0",
      "?width=8",
      "?width=8&width=9",
      "?quality=1e3",
      "?src=x",
      "?src[]=x",
      "?last=5",
      "?last=-1",
    ],
    ...[
      "?token=eyJ.a.b",
      "?framing=x",
      "?max-age=5",
      "?warmup=1",
      "?wait=next",
      "?adapt=no",
      "?%",
      "?key=%ff",
      "?url=javascript:1",
      "?__proto__=1",
      "?overlay=text:%25",
    ],
  ),
  visible.map((text) => `?${text}`),
);
/** A header value: latin-1 without control characters (RFC 9110, 5.5). */
const value = fc.string({
  unit: fc
    .oneof(fc.integer({ min: 0x20, max: 0x7e }), fc.integer({ min: 0xa0, max: 0xff }))
    .map((code) => String.fromCharCode(code)),
  maxLength: 30,
});
const headers = fc.dictionary(
  fc.constantFrom(
    "Accept",
    "Accept-Encoding",
    "Accept-Language",
    "Range",
    "If-None-Match",
    "If-Modified-Since",
    "Origin",
    "Host",
    "Cookie",
    "Last-Event-ID",
    "Content-Type",
    "Expect",
    "Sec-Fetch-Site",
    "X-Forwarded-Host",
    "X-Forwarded-Proto",
    "User-Agent",
    "Referer",
  ),
  fc.oneof(
    fc.constantFrom(
      "*/*",
      "image/*;q=2",
      "text/html",
      "a/b;q=;",
      "application/json",
      "text/plain; charset=utf-7",
      "bytes=0-",
      "bytes=9-1,-",
      'W/"',
      "*",
      "null",
      "http://door",
      "door:x",
      "localhost",
      "gzip",
      "100-continue",
      "1-99999999999999999999",
      "same-origin",
      ", ,",
    ),
    value,
  ),
  { maxKeys: 3 },
);
const body = fc.oneof(
  fc.constantFrom(
    "",
    '{"cameras":["test"],"can":["view"]}',
    '{"text":"hello"}',
    '{"brightness":1e999}',
    "null",
    "[",
    '{"__proto__":{"x":1}}',
    `${"[".repeat(5000)}`,
    '"\\ud800"',
  ),
  fc.json(),
  fc.string({ unit: "binary" }),
);
const METHODS = ["GET", "GET", "GET", "HEAD", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"];

/** Cases at a time, each on a connection that the next ones reuse. */
const AT_ONCE = 8;

test("any request is answered in words, and none by an internal error", FUZZ_TIMEOUT, async (t) => {
  const jpeg = await libjpegJpeg({ width: 32, height: 24 });
  const errors: unknown[] = [];
  const camera = testCamera(t, {
    controls: { read: async () => [], write: async () => {} },
    async *open({ signal }) {
      while (!signal.aborted) {
        yield jpeg;
        await sleep(5, undefined, { signal }).catch(() => {});
      }
    },
  });
  const url = await serve(t, { cameras: [camera], onError: (error) => errors.push(error), snapshotTimeoutMs: 500 });
  const { port } = new URL(url);
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  t.after(() => agent.destroy());
  const one = fc.record({ method: fc.constantFrom(...METHODS), path: fc.constantFrom(...PATHS), query, headers, body });
  const property = fc.asyncProperty(fc.array(one, { minLength: AT_ONCE, maxLength: AT_ONCE }), async (cases) => {
    await Promise.all(
      cases.map(async ({ method, path, query, headers, body }) => {
        const hasBody = !["GET", "HEAD", "OPTIONS"].includes(method);
        const { status, text } = await answerOf({
          port,
          agent,
          method,
          path: path + query,
          headers,
          body: hasBody ? body : "",
        });
        assert.ok(status >= 100 && status < 600 && status !== 500, `${status} ${text}`);
        assert.doesNotMatch(text, /\n {4}at |node_modules|node:internal/);
        if (status >= 400 && method !== "HEAD")
          assert.match(text, /^\{"error":".+[.]"\}$|^<!doctype html>|^\{"status":|^$/is);
      }),
    );
    assert.deepEqual(errors, []);
  });
  await fc.assert(property, { numRuns: Math.ceil(COSTLY_RUNS / AT_ONCE), endOnFailure: true });
  await until("nobody is connected", () => camera.status().state === "idle");
  assert.ok(process.memoryUsage.rss() < 1_000_000_000, `${process.memoryUsage.rss()} bytes`);
});

interface Asked {
  readonly port: string;
  readonly agent: Agent;
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** Returns the answer; only its head if it does not end. */
function answerOf(given: Asked): Promise<{ status: number; text: string }> {
  const { port, agent, method, path, headers, body } = given;
  return new Promise((resolve, reject) => {
    const asked = request({ host: "127.0.0.1", port, agent, method, path, headers: { Host: "localhost", ...headers } });
    asked.on("response", (response: IncomingMessage) => {
      const status = response.statusCode ?? 0;
      const isEndless = /^multipart|event-stream/.test(response.headers["content-type"] ?? "");
      if (isEndless) {
        response.on("error", () => {});
        resolve({ status, text: "" });
        asked.destroy();
        return;
      }
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => (text += part));
      response.on("end", () => resolve({ status, text }));
      response.on("error", reject);
    });
    // The server may close a kept-alive connection during a request (RFC 9112, 9.3.1).
    asked.on("error", (error) => (asked.reusedSocket ? resolve(answerOf(given)) : reject(error)));
    asked.end(body);
  });
}
