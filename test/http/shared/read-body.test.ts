import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { pushCamera, servePush } from "../../support/cameras/push-camera.ts";
import { tinyJpeg } from "../../support/images/jpegs.ts";

const ROUTES = [
  ["POST", "/api/tokens"],
  ["POST", "/api/cameras/phone/messages"],
  ["PATCH", "/api/cameras/phone/controls"],
  ["POST", "/cameras/phone/share.svg"],
  ["POST", "/cameras/phone/frames"],
] as const;

test("a compressed body is refused by every route", async (t) => {
  const errors: unknown[] = [];
  const { url } = await servePush(t, [pushCamera(t)], { onError: (error) => errors.push(error) });
  const bomb = gzipSync(Buffer.alloc(50_000_000, " "));
  for (const encoding of ["gzip", "deflate", "br"]) {
    for (const [method, path] of ROUTES) {
      const headers = { "Content-Encoding": encoding, "Content-Type": "application/json" };
      const answer = await fetch(`${url}${path}`, { method, body: new Uint8Array(bomb), headers });
      const { error } = (await answer.json()) as { error: string };
      // A camera of this driver has no controls.
      assert.ok([400, 404, 413, 415].includes(answer.status), `${path}: ${answer.status}`);
      assert.match(error, /\.$/);
    }
  }
  assert.deepEqual(errors, []);
});

test("every route reads a body in single bytes as in one piece", async (t) => {
  const { url, report } = await servePush(t, [pushCamera(t)]);
  const singles = (bytes: Uint8Array) =>
    new ReadableStream({
      async start(controller) {
        for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
        controller.close();
      },
    });
  const send = async (path: string, body: Uint8Array) => {
    const answer = await fetch(`${url}${path}`, {
      method: "POST",
      body: singles(body),
      duplex: "half",
      headers: { "Content-Type": path.endsWith("frames") ? "image/jpeg" : "application/json" },
    } as RequestInit);
    return [answer.status, await answer.json()];
  };
  assert.deepEqual(await send("/cameras/phone/frames", tinyJpeg({ scan: Buffer.alloc(5000, 7) })), [
    202,
    { frames: 1, skipped: 0 },
  ]);
  assert.equal((await report()).frames, 1);
  const text = Buffer.from(JSON.stringify({ text: "é".repeat(2000) }));
  assert.deepEqual(await send("/api/cameras/phone/messages", text), [202, { delivered: 0 }]);
});

test("a client that leaves inside its body causes no server error", async (t) => {
  const errors: unknown[] = [];
  const { url } = await servePush(t, [pushCamera(t)], { onError: (error) => errors.push(error) });
  for (const [method, path] of ROUTES) {
    const controller = new AbortController();
    const body = new ReadableStream({ start: (stream) => stream.enqueue(Buffer.from("{")) });
    const asked = fetch(`${url}${path}`, { method, body, duplex: "half", signal: controller.signal } as RequestInit);
    setTimeout(() => controller.abort(), 50);
    await assert.rejects(asked.then((answer) => (answer.status === 404 ? Promise.reject(answer) : answer)));
  }
  assert.deepEqual(errors, []);
});
