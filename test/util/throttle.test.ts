import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { Throttle } from "../../src/util/throttle.ts";
import { until } from "../support/deferred.ts";

function paced(t: TestContext, pace: { burst?: number; everyMs: number }) {
  const passed: Array<[string, number]> = [];
  const gate = new Throttle<string>((item, leftOut) => passed.push([item, leftOut]), pace);
  t.after(() => gate.close());
  return { gate, passed };
}

test("what comes seldom passes at once", (t) => {
  const { gate, passed } = paced(t, { burst: 2, everyMs: 60_000 });
  gate.put("a");
  gate.put("b");
  assert.deepEqual(passed, [
    ["a", 0],
    ["b", 0],
  ]);
});

test("of a flood the newest passes in its turn, with how many were left out", async (t) => {
  const { gate, passed } = paced(t, { everyMs: 50 });
  for (let number = 0; number < 10_000; number++) gate.put(String(number));
  assert.deepEqual(passed, [["0", 0]]);
  await until("the newest has passed", () => passed.length === 2);
  assert.deepEqual(passed[1], ["9999", 9998]);
});

test("the pace is kept for as long as the flood lasts, and a burst is earned by silence", async (t) => {
  const { gate, passed } = paced(t, { burst: 3, everyMs: 40 });
  const startedAt = performance.now();
  await until("some have passed", () => {
    gate.put("x");
    return passed.length >= 6;
  });
  // Three at once, then three in their turns.
  assert.ok(performance.now() - startedAt > 100);
});

test("nothing passes once it is closed", async (t) => {
  const { gate, passed } = paced(t, { everyMs: 20 });
  gate.put("a");
  gate.put("b");
  gate.close();
  gate.put("c");
  await new Promise((resolve) => setTimeout(resolve, 60));
  assert.deepEqual(passed, [["a", 0]]);
});
