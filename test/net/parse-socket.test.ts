import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSocket } from "../../src/net/parse-socket.ts";
import { until } from "../support/deferred.ts";
import { EventLoopTurns } from "../support/event-loop-turns.ts";
import { apart, connection } from "../support/sockets/tcp.ts";

const never = new AbortController().signal;

/** Each byte that is a digit. */
function* digits(chunk: Buffer): Generator<number> {
  for (const byte of chunk) {
    if (byte === 0x21) throw new Error("enough");
    if (byte >= 0x30 && byte <= 0x39) yield byte - 0x30;
  }
}

test("parsed items of a socket are yielded in order until it closes", async (t) => {
  const { ours, peer } = await connection(t);
  peer.socket.write("1 2");
  peer.socket.end("3 x 4");
  const items: number[] = [];
  for await (const item of parseSocket(ours, digits, never)) items.push(item);
  assert.deepEqual(items, [1, 2, 3, 4]);
});

test("a peer that leaves without reading loses none of what it sent, however slowly that is taken", async (t) => {
  const { ours, peer } = await connection(t);
  peer.socket.pause();
  // Never read: its system answers the close by cutting the connection.
  ours.write("greeting");
  await until("it has come", () => peer.socket.readableLength > 0 || peer.socket.bytesRead > 0);
  const items: number[] = [];
  const taken = (async () => {
    for await (const item of parseSocket(ours, digits, never)) {
      await apart();
      items.push(item);
    }
  })();
  peer.socket.write("12345");
  await until("the first is taken", () => items.length > 0);
  peer.socket.resetAndDestroy();
  await taken;
  assert.deepEqual(items, [1, 2, 3, 4, 5]);
});

test("what cannot be parsed is an error after all that came before it", async (t) => {
  const { ours, peer } = await connection(t);
  peer.socket.write("12!3");
  const items: number[] = [];
  await assert.rejects(async () => {
    for await (const item of parseSocket(ours, digits, never)) items.push(item);
  }, /enough/);
  assert.deepEqual(items, [1, 2]);
});

test("while something waits to be taken the socket is not read", async (t) => {
  const { ours, peer } = await connection(t);
  const items = parseSocket(ours, digits, never);
  peer.socket.write("1");
  assert.equal((await items.next()).value, 1);
  // More than the system's buffers hold.
  const flood = Buffer.alloc(64 * 1024 * 1024, "2");
  const written = new Promise((resolve) => peer.socket.write(flood, resolve));
  assert.equal((await items.next()).value, 2);
  const bytesRead = ours.bytesRead;
  // Nothing is read meanwhile.
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.ok(ours.bytesRead - bytesRead < 1024 * 1024, `${ours.bytesRead - bytesRead} bytes were read`);
  ours.destroy();
  await written;
  await items.return();
});

test("an abort ends the reading of a silent socket", async (t) => {
  const { ours } = await connection(t);
  const controller = new AbortController();
  const next = parseSocket(ours, digits, controller.signal).next();
  controller.abort();
  assert.equal((await next).done, true);
  assert.equal(ours.listenerCount("data"), 0);
});

test("however fast a peer sends what nothing is made of, others have their turn after each read", async (t) => {
  const { ours, peer } = await connection(t);
  ours.pause();
  peer.socket.write(Buffer.alloc(1024 * 1024, "x"));
  peer.socket.end("1");
  await until("much of it has come", () => peer.socket.bytesWritten - peer.socket.writableLength > 512 * 1024);
  const reads = new EventLoopTurns();
  t.after(() => reads.stop());
  const parse = (chunk: Buffer) => {
    reads.count();
    return digits(chunk);
  };
  const items: number[] = [];
  for await (const item of parseSocket(ours, parse, never)) items.push(item);
  assert.deepEqual(items, [1]);
  assert.equal(reads.most, 1);
});
