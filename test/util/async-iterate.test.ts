import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { pause } from "../../src/util/abort.ts";
import { inTurns, thin } from "../../src/util/async-iterate.ts";
import { EventLoopTurns } from "../support/event-loop-turns.ts";
import { virtualTime } from "../support/virtual-time.ts";

const never = new AbortController().signal;

/**
 * Thins what comes at given times, each item being its time. Returns what passes, and when; the
 * source ends after an hour.
 */
async function thinned(t: TestContext, perSecond: number, comesAt: readonly number[], end: () => void = () => {}) {
  const time = virtualTime(t);
  const source = async function* () {
    for (const at of comesAt) {
      if (at > time.passedMs) await pause(at - time.passedMs, never);
      yield at;
    }
    await pause(3_600_000 - time.passedMs, never);
    end();
  };
  const passed: [atMs: number, item: number][] = [];
  const reading = (async () => {
    for await (const item of thin(source(), perSecond)) passed.push([time.passedMs, item]);
  })();
  reading.catch(() => {});
  await time.advance(3_600_000);
  return { passed, reading };
}

const every = (ms: number, count: number, from = 0) => Array.from({ length: count }, (_, index) => from + index * ms);

test("thinning keeps an even pace and drops the rest", async (t) => {
  const { passed, reading } = await thinned(t, 20, every(5, 60));
  await reading;
  const on = [0, 40, 90, 140, 190, 240, 290].map((at) => [at, at]);
  // The last is late, not lost.
  assert.deepEqual(passed, [...on, [400, 295]]);
});

test("a source that is no faster than the pace passes whole and at once, though it jitters", async (t) => {
  const comesAt = every(50, 100).map((at, index) => at + (index % 2) * 12);
  const { passed } = await thinned(t, 20, comesAt);
  assert.deepEqual(
    passed,
    comesAt.map((at) => [at, at]),
  );
});

test("the newest of what thinning held back is given when nothing else comes: a picture is not lost to the pace", async (t) => {
  const { passed } = await thinned(t, 20, [0, 10, 20]);
  assert.deepEqual(passed, [
    [0, 0],
    [100, 20],
  ]);
});

test("what is given late counts: bursts with silences between are thinned like any other source", async (t) => {
  const bursts = every(70, 5).flatMap((from) => every(3, 4, from));
  const { passed } = await thinned(t, 20, bursts);
  // 143 and 289 make up for what the silences before them held back.
  assert.deepEqual(
    passed,
    [0, 70, 140, 143, 210, 280, 289].map((at) => [at, at]),
  );
});

test("a failure of a thinned source reaches the reader, also after an item that was given late", async (t) => {
  const { passed, reading } = await thinned(t, 50, [0, 1], () => {
    throw new Error("gone");
  });
  await assert.rejects(reading, /gone/);
  assert.deepEqual(passed, [
    [0, 0],
    [40, 1],
  ]);
});

for (const perSecond of [1e-6, 1e-320]) {
  test(`a pace of next to nothing is one item, and not all of them: ${perSecond} a second`, async (t) => {
    const { passed } = await thinned(t, perSecond, every(1000, 5));
    assert.deepEqual(passed, [[0, 0]]);
  });
}

test("of a source that always has more, others have their turn after each item", async (t) => {
  async function* ready() {
    for (let item = 0; item < 100; item++) yield item;
  }
  const turns = new EventLoopTurns();
  t.after(() => turns.stop());
  const items: number[] = [];
  for await (const item of inTurns(ready())) {
    turns.count();
    items.push(item);
  }
  assert.equal(items.length, 100);
  assert.equal(turns.most, 1);
});
