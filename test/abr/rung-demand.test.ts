import assert from "node:assert/strict";
import { test } from "node:test";
import { RungDemand } from "../../src/abr/rung-demand.ts";

const SIZES = [10_000, 8000, 1000];

function demandOf(isForEveryFrame: boolean, maxLatencyMs = 500): RungDemand {
  return new RungDemand({ bytesAt: (rung) => SIZES[rung] as number, maxLatencyMs, isForEveryFrame });
}

test("the two best rungs need every frame, the others 15 a second", () => {
  const demand = demandOf(true);
  assert.deepEqual(
    [0, 1, 2].map((rung) => demand.fpsAt(rung, 30)),
    [30, 30, 15],
  );
  assert.deepEqual(
    [0, 1, 2].map((rung) => demand.fpsAt(rung, 10)),
    [10, 10, 10],
  );
});

test("a viewer that may skip frames needs 15 a second on every rung", () => {
  const demand = demandOf(false);
  assert.deepEqual(
    [0, 1, 2].map((rung) => demand.fpsAt(rung, 30)),
    [15, 15, 15],
  );
});

test("a link carries a rung if its usable rate is that of the frames, or more", () => {
  const demand = demandOf(true);
  assert.ok(demand.isMet(0, 30, 600_000, 0.5));
  assert.ok(!demand.isMet(0, 30, 599_999, 0.5));
});

test("one frame may take 40 % of the latency to pass, at the whole rate", () => {
  const demand = demandOf(true);
  assert.ok(demand.isMet(0, 1, 50_000, 0.5));
  assert.ok(!demand.isMet(0, 1, 49_999, 0.5));
  assert.ok(demandOf(true, 1000).isMet(0, 1, 25_000, 0.5));
});
