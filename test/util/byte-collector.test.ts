import assert from "node:assert/strict";
import { test } from "node:test";
import { ByteCollector, readAll, TooManyBytes } from "../../src/util/byte-collector.ts";

async function* of(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array, void> {
  yield* pieces;
}

test("pieces of any size are read into one buffer", async () => {
  const bytes = Buffer.from(Array.from({ length: 20_000 }, (_, index) => index % 251));
  const singles = Array.from(bytes, (byte) => Uint8Array.of(byte));
  assert.deepEqual(await readAll(of(singles), 20_000), bytes);
  assert.deepEqual(await readAll(of([bytes.subarray(0, 7), Buffer.alloc(0), bytes.subarray(7)]), 20_000), bytes);
  assert.deepEqual(await readAll(of([]), 20_000), Buffer.alloc(0));
});

test("one byte more than is taken ends the reading at once", async () => {
  let read = 0;
  async function* endless(): AsyncGenerator<Uint8Array, void> {
    for (;;) yield Uint8Array.of(read++ & 0xff);
  }
  await assert.rejects(readAll(endless(), 1000), TooManyBytes);
  assert.equal(read, 1001);
});

test("memory is at most twice what came, and never more than the limit", () => {
  const collector = new ByteCollector(100_000);
  assert.equal(collector.heldBytes, 0);
  for (let came = 1; came <= 100_000; came++) {
    collector.add(Uint8Array.of(came & 0xff));
    assert.ok(collector.heldBytes <= Math.min(Math.max(4096, 2 * came), 100_000));
  }
  assert.throws(() => collector.add(Uint8Array.of(1)), TooManyBytes);
  assert.equal(collector.length, 100_000);
});

test("what was given out stays as it is while more comes", () => {
  const collector = new ByteCollector(10);
  collector.add(Uint8Array.of(1, 2));
  const first = collector.bytes();
  collector.add(Uint8Array.of(3));
  assert.deepEqual([...first], [1, 2]);
  assert.deepEqual([...collector.bytes()], [1, 2, 3]);
});
