import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { test } from "node:test";
import { sayGoodbye } from "../../src/net/goodbye.ts";
import { SocketWriter } from "../../src/net/socket-writer.ts";
import { until } from "../support/deferred.ts";
import { connection } from "../support/sockets/tcp.ts";
import { virtualTime } from "../support/virtual-time.ts";

const LARGE = Buffer.alloc(8 * 1024 * 1024, "x");

/** Bytes that the system has not taken. */
const unsent = (socket: Socket) =>
  (socket as { _handle?: { writeQueueSize: number } })._handle?.writeQueueSize ?? Number.NaN;

test("a peer that takes nothing for half a minute is dropped, and its write ends", async (t) => {
  const time = virtualTime(t);
  const { ours, peer } = await connection(t);
  peer.socket.pause();
  const writer = new SocketWriter(ours);
  const writing = writer.write(LARGE);
  await time.advance(29_999);
  assert.equal(ours.destroyed, false);
  // What the system's buffers take counts as a sign of life.
  await time.until("it is dropped", () => ours.destroyed, 30_000);
  await writing;
  await writer.write(LARGE);
});

test("a peer that takes little is told from one that takes nothing more", async (t) => {
  const time = virtualTime(t);
  const [slow, loud] = [await connection(t), await connection(t)];
  for (const { peer } of [slow, loud]) peer.socket.pause();
  const [slowWriter, loudWriter] = [new SocketWriter(slow.ours), new SocketWriter(loud.ours)];
  loud.ours.resume();
  const slowDone = slowWriter.write(Buffer.alloc(24 * 1024 * 1024));
  const loudDone = loudWriter.write(LARGE);
  // As over a slow link.
  await time.until("one is dropped", async () => {
    const before = unsent(slow.ours);
    await until("some is taken", () => {
      slow.peer.socket.read();
      return !(unsent(slow.ours) >= before);
    });
    loud.peer.socket.write("x");
    await time.advance(29_990);
    return loud.ours.destroyed || slow.ours.destroyed;
  });
  await loudDone;
  assert.equal(loud.ours.destroyed, true);
  assert.equal(slow.ours.destroyed, false);
  assert.equal(slowWriter.busyMs, time.passedMs);
  slow.peer.socket.resume();
  await slowDone;
  assert.equal(slow.ours.destroyed, false);
  assert.equal(slowWriter.busyMs, 0);
});

test("a writer with nothing to write drops no peer", async (t) => {
  const time = virtualTime(t);
  const { ours, peer } = await connection(t);
  const writer = new SocketWriter(ours);
  await time.advance(3_600_000);
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
  // The time that a peer may take does not pass.
  virtualTime(t);
  sayGoodbye(ours, "stillstream: no");
  assert.equal((await peer.received(15)).toString(), "stillstream: no");
  assert.equal((await written) ?? null, null);
  await peer.closed();
});

test("a peer that does not leave after its goodbye is cut off within a second", async (t) => {
  const time = virtualTime(t);
  const { ours, peer } = await connection(t);
  peer.socket.allowHalfOpen = true;
  sayGoodbye(ours, "stillstream: no");
  await peer.received(15);
  await time.advance(999);
  assert.equal(ours.destroyed, false);
  await time.advance(1);
  assert.equal(ours.destroyed, true);
});
