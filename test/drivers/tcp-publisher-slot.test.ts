import assert from "node:assert/strict";
import { test } from "node:test";
import { TcpPublisherSlot } from "../../src/drivers/tcp-publisher-slot.ts";
import { until } from "../support/deferred.ts";
import { connectPeer } from "../support/sockets/tcp.ts";
import { virtualTime } from "../support/virtual-time.ts";

test("a publisher without a frame for long makes room for another, and not while it gives frames", async (t) => {
  const time = virtualTime(t);
  const refused: string[] = [];
  const slot = new TcpPublisherSlot({ isTakeoverAllowed: false, onRejected: (text) => refused.push(text) });
  t.after(() => slot.close());
  const port = await slot.open({ host: "127.0.0.1", port: 0 });
  const publishers = slot.publishers()[Symbol.asyncIterator]();
  const first = await connectPeer(t, port);
  const { value: one } = await publishers.next();
  await time.advance(9999);
  one.touch();
  await time.advance(9999);
  await (await connectPeer(t, port)).closed();
  assert.equal(refused.length, 1);
  await time.advance(1);
  const third = await connectPeer(t, port);
  const { value: next } = await publishers.next();
  assert.equal(next.peer, third.name);
  assert.equal((await first.closed()).toString(), `stillstream: closed: ${third.name} replaced it`);
  assert.equal(one.endReason, `Publisher closed: ${first.name}: ${third.name} replaced it`);
});

test("in a flood of rejected publishers most are closed without a text", async (t) => {
  const slot = new TcpPublisherSlot({ isTakeoverAllowed: false, onRejected: () => {} });
  t.after(() => slot.close());
  const port = await slot.open({ host: "127.0.0.1", port: 0 });
  const first = await connectPeer(t, port);
  await until("it is in", () => !slot.isEmpty);
  const others = await Promise.all(Array.from({ length: 300 }, () => connectPeer(t, port)));
  for (const { socket } of others) socket.resume();
  const said = await Promise.all(others.map(async (peer) => (await peer.closed()).length > 0));
  assert.ok(said.filter(Boolean).length >= 100, `${said.filter(Boolean).length} were told`);
  assert.equal(first.socket.readyState, "open");
});
