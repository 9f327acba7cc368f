import assert from "node:assert/strict";
import { test } from "node:test";
import { sayGoodbye } from "../../src/net/goodbye.ts";
import { SocketWriter } from "../../src/net/socket-writer.ts";
import { until } from "../support/deferred.ts";
import { connection } from "../support/sockets/tcp.ts";

const LARGE = Buffer.alloc(8 * 1024 * 1024, "x");

test("a peer that takes nothing is dropped, and its write ends", async (t) => {
  const { ours, peer } = await connection(t);
  peer.socket.pause();
  const writer = new SocketWriter(ours, 100);
  await writer.write(LARGE);
  assert.equal(ours.destroyed, true);
  await writer.write(LARGE);
});

test("a peer that takes little is told from one that takes nothing more", async (t) => {
  const [slow, loud] = [await connection(t), await connection(t)];
  for (const { peer } of [slow, loud]) peer.socket.pause();
  const [slowWriter, loudWriter] = [new SocketWriter(slow.ours, 600), new SocketWriter(loud.ours, 600)];
  loud.ours.resume();
  const chatter = setInterval(() => loud.peer.socket.write("x"), 10);
  // As over a slow link.
  const sips = setInterval(() => slow.peer.socket.read(), 5);
  t.after(() => {
    clearInterval(chatter);
    clearInterval(sips);
  });
  const slowDone = slowWriter.write(Buffer.alloc(24 * 1024 * 1024));
  await loudWriter.write(LARGE);
  assert.equal(loud.ours.destroyed, true);
  assert.equal(slow.ours.destroyed, false);
  assert.ok(slowWriter.busyMs > 100, `${slowWriter.busyMs} ms`);
  clearInterval(sips);
  slow.peer.socket.resume();
  await slowDone;
  assert.equal(slow.ours.destroyed, false);
  assert.equal(slowWriter.busyMs, 0);
});

test("a writer with nothing to write drops no peer", async (t) => {
  const { ours, peer } = await connection(t);
  const writer = new SocketWriter(ours, 20);
  await new Promise((resolve) => setTimeout(resolve, 100));
  await writer.write(Buffer.from("there"));
  assert.equal((await peer.received(5)).toString(), "there");
});

test("a goodbye is read by a peer that is sending, which is not cut off before it is done", async (t) => {
  const { ours, peer } = await connection(t);
  const pushing = setInterval(() => peer.socket.write(Buffer.alloc(65_536)), 1);
  t.after(() => clearInterval(pushing));
  await until("bytes wait to be read", () => peer.socket.bytesWritten > 1_000_000);
  clearInterval(pushing);
  // More than the systems on both sides hold: it is read to its end.
  const written = new Promise((resolve) => peer.socket.write(Buffer.alloc(16 * 1024 * 1024), resolve));
  sayGoodbye(ours, "stillstream: no");
  assert.equal((await peer.received(15)).toString(), "stillstream: no");
  assert.equal((await written) ?? null, null);
  await peer.closed();
});

test("a peer that does not leave after its goodbye is cut off", async (t) => {
  const { ours, peer } = await connection(t);
  peer.socket.allowHalfOpen = true;
  sayGoodbye(ours, "stillstream: no");
  await peer.received(15);
  await until("it is cut off", () => ours.destroyed);
});
