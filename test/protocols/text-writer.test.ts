import assert from "node:assert/strict";
import { test } from "node:test";
import { TextWriter } from "../../src/protocols/text-writer.ts";
import { until } from "../support/deferred.ts";
import { connection } from "../support/sockets/tcp.ts";

test("texts are written in pieces that each come alone", async (t) => {
  const { ours, peer } = await connection(t);
  const reads: Buffer[] = [];
  peer.socket.on("data", (chunk) => reads.push(chunk));
  const writer = new TextWriter(ours);
  const startedAt = performance.now();
  assert.equal(writer.write("hello"), true);
  assert.equal(writer.write("漢".repeat(1000)), true);
  await peer.received(5 + 3000);
  assert.deepEqual(
    reads.map(({ length }) => length),
    [5, 1023, 1023, 954],
  );
  // Three pauses, less what timers are early by: a peer of its own process needs them to tell the
  // pieces apart.
  assert.ok(performance.now() - startedAt > 250);
});

test("a peer that reads nothing is told no more than a little", async (t) => {
  const { ours, peer } = await connection(t);
  peer.socket.pause();
  const writer = new TextWriter(ours);
  const text = "x".repeat(8000);
  let written = 0;
  while (writer.write(text)) written++;
  assert.equal(written, 8);
  peer.socket.destroy();
  await until("its connection is closed", () => ours.closed);
});
