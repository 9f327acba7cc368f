import assert from "node:assert/strict";
import { test } from "node:test";
import { TextWriter } from "../../src/protocols/text-writer.ts";
import { until } from "../support/deferred.ts";
import { connection } from "../support/sockets/tcp.ts";
import { virtualTime } from "../support/virtual-time.ts";

test("texts are written in pieces, one every 0.1 s: a peer tells them apart", async (t) => {
  const time = virtualTime(t);
  const { ours, peer } = await connection(t);
  const reads: Buffer[] = [];
  peer.socket.on("data", (chunk) => reads.push(chunk));
  const writer = new TextWriter(ours);
  assert.equal(writer.write("hello"), true);
  assert.equal(writer.write("漢".repeat(1000)), true);
  for (const [index, size] of [5, 1028, 2051, 3005].entries()) {
    if (index > 0) {
      await time.advance(99);
      assert.equal(reads.length, index);
      await time.advance(1);
    }
    await peer.received(size);
  }
  assert.deepEqual(
    reads.map(({ length }) => length),
    [5, 1023, 1023, 954],
  );
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
