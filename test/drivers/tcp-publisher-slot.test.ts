import assert from "node:assert/strict";
import { test } from "node:test";
import { TcpPublisherSlot } from "../../src/drivers/tcp-publisher-slot.ts";
import { until } from "../support/deferred.ts";
import { connectPeer } from "../support/sockets/tcp.ts";

test("a publisher without a frame for long makes room for another, and not while it gives frames", async (t) => {
  const refused: string[] = [];
  const slot = new TcpPublisherSlot({
    isTakeoverAllowed: false,
    onRejected: (text) => refused.push(text),
    silentMs: 600,
  });
  t.after(() => slot.close());
  const port = await slot.open({ host: "127.0.0.1", port: 0 });
  const publishers = slot.publishers()[Symbol.asyncIterator]();
  const first = await connectPeer(t, port);
  const { value: one } = await publishers.next();
  const live = setInterval(() => one.touch(), 20);
  t.after(() => clearInterval(live));
  await new Promise((resolve) => setTimeout(resolve, 800));
  await (await connectPeer(t, port)).closed();
  assert.equal(refused.length, 1);
  clearInterval(live);
  await until("it has been silent for long", () => one.silentMs >= 600);
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
