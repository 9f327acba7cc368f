import assert from "node:assert/strict";
import { createServer } from "node:http";
import { type TestContext, test } from "node:test";
import express from "express";
import { messageStreamRoute } from "../../../src/http/routes/message-stream.ts";
import { MessageLog } from "../../../src/messages/message-log.ts";
import { handCamera } from "../../support/cameras/hand-camera.ts";
import { until } from "../../support/deferred.ts";
import { listen, serve } from "../../support/serve.ts";
import { ask, headOf } from "../../support/sockets/raw-http.ts";

const PATH = "/api/cameras/porch/messages";

async function servePorch(t: TestContext) {
  const messages = new MessageLog();
  const { camera } = handCamera(t, { name: "porch" });
  const url = await serve(t, { cameras: [camera], messagesOf: () => messages });
  const post = (
    body: string | Uint8Array | undefined,
    headers: Record<string, string> = { "Content-Type": "text/plain" },
  ) => fetch(url + PATH, { method: "POST", body: (body as BodyInit) ?? null, headers });
  const list = async () => {
    const response = await fetch(url + PATH);
    assert.match(response.headers.get("cache-control") ?? "", /no-store/);
    return ((await response.json()) as { messages: { at: number; from: string; text: string }[] }).messages;
  };
  return { messages, url, post, list };
}

test("a posted message is kept and delivered, and the response says to how many receivers", async (t) => {
  const { messages, post, list } = await servePorch(t);
  assert.deepEqual(await list(), []);
  const first = await post("hello");
  assert.deepEqual([first.status, await first.json()], [202, { delivered: 0 }]);
  const heard: string[] = [];
  messages.connect((text) => heard.push(text));
  const second = await post('{"text": "gr\\u00fc\\u00df dich"}', { "Content-Type": "application/json" });
  assert.deepEqual([second.status, await second.json()], [202, { delivered: 1 }]);
  assert.deepEqual(heard, ["grüß dich"]);
  const kept = await list();
  assert.deepEqual(
    kept.map(({ text }) => text),
    ["hello", "grüß dich"],
  );
  for (const { at, from } of kept) {
    assert.match(from, /^http 127\.0\.0\.1:\d+$/);
    assert.ok(Math.abs(at - Date.now()) < 60_000);
  }
  assert.deepEqual(Object.keys(kept[0] as object), ["at", "from", "text"]);
});

test("text/plain is never parsed", async (t) => {
  const { post, list } = await servePorch(t);
  const texts = ["<script>alert(1)</script>", "line\nline\r\n\0end", '{"text": 5}', "😀 عربى"];
  for (const text of texts) assert.equal((await post(text)).status, 202);
  assert.deepEqual(
    (await list()).map(({ text }) => text),
    texts,
  );
});

test("a message of 8 KB is accepted in either form, and one byte more is not", async (t) => {
  const { post, list } = await servePorch(t);
  const json = { "Content-Type": "application/json; charset=UTF-8" };
  const most = "é".repeat(4096);
  assert.equal((await post(most)).status, 202);
  assert.equal((await post(`{"text": "${"\\u00e9".repeat(4096)}"}`, json)).status, 202);
  for (const response of [
    await post(`${most}x`),
    await post(JSON.stringify({ text: `${most}x` }), json),
    await post("x".repeat(1_000_000)),
  ]) {
    assert.deepEqual(
      [response.status, await response.json()],
      [413, { error: "Message too long: the limit is 8192 bytes." }],
    );
  }
  assert.equal((await list()).length, 2);
});

const HOW = 'Send it as text/plain, or as application/json such as {"text": "hello"}.';
const JSON_TYPE = { "Content-Type": "application/json" };

const WRONG: Record<
  string,
  [status: number, sentence: string, body: string | Uint8Array | undefined, headers?: Record<string, string>]
> = {
  "no body": [400, `Empty message. ${HOW}`, undefined],
  "an empty text": [400, `Empty message. ${HOW}`, '{"text": ""}', JSON_TYPE],
  "no JSON": [400, `Invalid body: it is not JSON. ${HOW}`, "{text}", JSON_TYPE],
  "JSON without a text": [400, `Invalid body: the JSON has no "text". ${HOW}`, '{"message": "x"}', JSON_TYPE],
  "JSON of another kind": [400, `Invalid body: the JSON has no "text". ${HOW}`, '"x"', JSON_TYPE],
  "a text that is a number": [400, `Invalid body: the JSON has no "text". ${HOW}`, '{"text": 5}', JSON_TYPE],
  "bytes that are no text": [400, "Invalid message: it is not UTF-8.", Buffer.of(0xff, 0xfe)],
  "a form": [
    415,
    `Unsupported type: application/x-www-form-urlencoded. ${HOW}`,
    "text=x",
    { "Content-Type": "application/x-www-form-urlencoded" },
  ],
  "another charset": [
    415,
    "Unsupported charset: latin1. Send the message in UTF-8.",
    "x",
    { "Content-Type": "text/plain; charset=latin1" },
  ],
  "a page of another origin": [
    403,
    "Not allowed: pages of https://evil.example cannot change anything here. Use this server's own pages.",
    "x",
    { "Content-Type": "text/plain", Origin: "https://evil.example" },
  ],
};

for (const [what, [status, sentence, body, headers]] of Object.entries(WRONG)) {
  test(`${what} is answered ${status} in one sentence, and nothing is kept`, async (t) => {
    const { post, list } = await servePorch(t);
    const response = await post(body, headers);
    assert.deepEqual([response.status, await response.json()], [status, { error: sentence }]);
    assert.deepEqual(await list(), []);
  });
}

test("an unknown camera has no messages, and other methods are not allowed", async (t) => {
  const { url } = await servePorch(t);
  for (const path of ["/api/cameras/attic/messages", "/api/cameras/attic/messages/stream"]) {
    const response = await fetch(url + path);
    assert.deepEqual(
      [response.status, await response.json()],
      [404, { error: 'Camera "attic" not found. Cameras: porch.' }],
    );
  }
  const response = await fetch(url + PATH, { method: "PUT", body: "x" });
  assert.deepEqual([response.status, response.headers.get("allow")], [405, "GET, HEAD, OPTIONS, POST"]);
});

/** Returns a stream's events so far, and the rest of its text. */
function eventsOf(text: string): { id: string; text: string }[] {
  return text
    .split("\n\n")
    .filter((block) => block.startsWith("id: "))
    .map((block) => {
      const [, id = "", data = ""] = /^id: (\S+)\ndata: (.*)$/.exec(block) ?? [];
      return { id, text: (JSON.parse(data) as { text: string }).text };
    });
}

test("a message stream sends new messages, with the headers of event streams", async (t) => {
  const { url, messages } = await servePorch(t);
  messages.receive("udp", "before");
  const stream = ask(t, `${url}${PATH}/stream`);
  const { status, headers } = await headOf(stream);
  assert.deepEqual(
    [status, headers["content-type"], headers["x-accel-buffering"]],
    [200, "text/event-stream; charset=utf-8", "no"],
  );
  assert.match(headers["cache-control"] ?? "", /no-store/);
  await until("it tells when to come back", () => stream.body().includes("retry: 2000\n\n"));
  messages.receive("udp 127.0.0.1:5", "line\nline");
  messages.receive("udp 127.0.0.1:5", "data: ü\n\n");
  const events = await until("both have come", () => {
    const events = eventsOf(unchunked(stream.body()));
    return events.length === 2 ? events : undefined;
  });
  assert.deepEqual(
    events.map(({ text }) => text),
    ["line\nline", "data: ü\n\n"],
  );
});

/** Strips the lengths of a chunked body: each write is a chunk. */
function unchunked(body: Buffer): string {
  return body
    .toString()
    .split("\r\n")
    .filter((_, index) => index % 2 === 1)
    .join("");
}

/** Reads a stream until it has `count` events. */
async function readEvents(url: string, count: number, headers: Record<string, string> = {}) {
  const stop = new AbortController();
  const response = await fetch(url, { headers, signal: stop.signal });
  let text = "";
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += Buffer.from(chunk).toString();
    if (eventsOf(text).length >= count) break;
  }
  stop.abort();
  return eventsOf(text);
}

test("a client that reconnects with Last-Event-ID gets only what it missed", async (t) => {
  const { url, messages } = await servePorch(t);
  const stream = `${url}${PATH}/stream`;
  for (const text of ["one", "two", "three"]) messages.receive("me", text);
  const [first] = await readEvents(`${stream}?last=3`, 3);
  assert.equal(first?.text, "one");
  messages.receive("me", "four");
  const missed = await readEvents(stream, 3, { "Last-Event-ID": first?.id ?? "" });
  assert.deepEqual(
    missed.map(({ text }) => text),
    ["two", "three", "four"],
  );
  // The id of another run: all messages are new.
  const [oldest] = await readEvents(stream, 4, { "Last-Event-ID": "gone-3" });
  assert.equal(oldest?.text, "one");
});

test("a message stream may start with the last messages, and an invalid number is refused", async (t) => {
  const { url, messages } = await servePorch(t);
  const stream = `${url}${PATH}/stream`;
  for (let count = 0; count < 250; count++) messages.receive("me", String(count));
  assert.deepEqual(
    (await readEvents(`${stream}?last=2`, 2)).map(({ text }) => text),
    ["248", "249"],
  );
  assert.equal((await readEvents(`${stream}?last=999`, 200))[0]?.text, "50");
  const wrong = await fetch(`${stream}?last=-1`);
  assert.deepEqual(
    [wrong.status, await wrong.json()],
    [400, { error: 'last must be a whole number of messages, got "-1".' }],
  );
});

test("a client that does not read holds no memory, and misses messages that are no longer kept", async (t) => {
  const { url, messages } = await servePorch(t);
  const stream = ask(t, `${url}${PATH}/stream`);
  await headOf(stream);
  stream.socket.pause();
  // More than all buffers in between hold.
  for (let count = 0; count < 4000; count++) {
    messages.receive("me", `${count} ${"x".repeat(8000)}`);
    if (count % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  stream.socket.resume();
  const last = await until("the last has come", () => {
    const numbers = [
      ...stream
        .body()
        .toString()
        .matchAll(/"text":"(\d+) /g),
    ].map(([, number]) => Number(number));
    return numbers.at(-1) === 3999 ? numbers : undefined;
  });
  assert.ok(last.length < 4000, `${last.length}`);
  assert.ok(last.every((number, index) => index === 0 || number > (last[index - 1] as number)));
});

test("an idle message stream sends comments", async (t) => {
  const [messages, { camera }] = [new MessageLog(), handCamera(t)];
  const stream = messageStreamRoute({ messagesOf: () => messages, onLimitReached: () => {}, commentMs: 20 });
  const app = express().get("/", (request, response) => stream(camera, request, response));
  const answer = ask(t, await listen(t, createServer(app)));
  await until("three have come", () => answer.body().toString().split(": nothing new\n\n").length > 3);
});

test("message streams are not viewers, open no camera, and end with their camera", async (t) => {
  const { url, messages } = await servePorch(t);
  const streams = [1, 2].map(() => ask(t, `${url}${PATH}/stream`));
  for (const stream of streams) await headOf(stream);
  messages.receive("me", "x");
  const report = (await (await fetch(`${url}/api/cameras/porch`)).json()) as Record<string, unknown>;
  assert.deepEqual([report["state"], report["viewers"], report["messages"]], ["idle", [], 1]);
  messages.close();
  await until("both have ended", () => streams.every((stream) => stream.body().toString().endsWith("0\r\n\r\n")));
});

test("message streams of one address are limited, and one that ends frees its slot", async (t) => {
  const { url } = await servePorch(t);
  const streams = Array.from({ length: 100 }, () => ask(t, `${url}${PATH}/stream`));
  await Promise.all(streams.map(headOf));
  const refused = await fetch(`${url}${PATH}/stream`);
  assert.deepEqual(
    [refused.status, await refused.json()],
    [429, { error: "Too many message streams from your address: it may have 100. Close some, or try again later." }],
  );
  streams[0]?.socket.resetAndDestroy();
  await until("there is room", async () => {
    const stop = new AbortController();
    const { status } = await fetch(`${url}${PATH}/stream`, { signal: stop.signal });
    stop.abort();
    return status === 200;
  });
});
