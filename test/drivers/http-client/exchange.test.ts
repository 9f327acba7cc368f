import assert from "node:assert/strict";
import { test } from "node:test";
import { ChunkedDecoder } from "../../../src/drivers/http-client/chunked-decoder.ts";
import { exchange } from "../../../src/drivers/http-client/exchange.ts";
import { rawCamera } from "../../support/cameras/raw-camera.ts";
import { until } from "../../support/deferred.ts";
import { EventLoopTurns } from "../../support/event-loop-turns.ts";

const { signal } = new AbortController();
const OPTIONS = { insecure: false, legacyTls: false, signal };

const HEAD = "HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=x\r\n";

test("however fast a camera sends, others have their turn after each read", async (t) => {
  let sent = 0;
  const camera = await rawCamera(t, (socket) => {
    socket.write(`${HEAD}\r\n`);
    const send = () => {
      sent++;
      if (sent < 64) socket.write(Buffer.alloc(64 * 1024, "x"), send);
      else socket.end();
    };
    send();
  });
  const { body } = await exchange(new URL(`http:${camera.address}/`), {}, OPTIONS);
  // The system's buffers fill until it is read.
  await until("much of it was sent", () => sent > 8);
  const reads = new EventLoopTurns();
  t.after(() => reads.stop());
  let length = 0;
  for await (const chunk of body.chunks) {
    reads.count();
    length += chunk.length;
  }
  assert.equal(length, 63 * 64 * 1024);
  // What came with the head is passed on in the turn in which the next read follows.
  assert.ok(reads.most <= 2, `${reads.most} in one turn`);
});

test("a body in chunks of any sizes is the same in pieces of any sizes", () => {
  const bytes = Buffer.from(Array.from({ length: 3000 }, (_, index) => (index * 7) % 256));
  const chunks: string[] = [];
  for (let at = 0, size = 1; at < bytes.length; at += size, size = (size * 5 + 3) % 211 || 1) {
    const chunk = bytes.subarray(at, at + size);
    chunks.push(`${chunk.length.toString(16).toUpperCase()};x\r\n${chunk.toString("latin1")}\r\n`);
  }
  const coded = Buffer.from(`${chunks.join("")}0\r\n\r\n`, "latin1");
  for (const size of [1, 2, 3, 17, 64, 1000, coded.length]) {
    const reader = new ChunkedDecoder();
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < coded.length; at += size) pieces.push(reader.push(coded.subarray(at, at + size)));
    assert.deepEqual(Buffer.concat(pieces), bytes, `pieces of ${size}`);
    assert.ok(reader.hasEnded);
  }
});
