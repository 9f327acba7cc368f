import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { Throttle, throttleLog } from "../../src/util/throttle.ts";
import { until } from "../support/deferred.ts";

function createThrottle(t: TestContext, options: { burst?: number; everyMs: number }) {
  const passed: Array<[string, number]> = [];
  const throttle = new Throttle<string>((item, suppressed) => passed.push([item, suppressed]), options);
  t.after(() => throttle.close());
  return { throttle, passed };
}

test("a burst passes at once", (t) => {
  const { throttle, passed } = createThrottle(t, { burst: 2, everyMs: 60_000 });
  throttle.put("a");
  throttle.put("b");
  assert.deepEqual(passed, [
    ["a", 0],
    ["b", 0],
  ]);
});

test("of a flood the newest passes after the interval, with the number of suppressed ones", async (t) => {
  const { throttle, passed } = createThrottle(t, { everyMs: 50 });
  for (let number = 0; number < 10_000; number++) throttle.put(String(number));
  assert.deepEqual(passed, [["0", 0]]);
  await until("the newest has passed", () => passed.length === 2);
  assert.deepEqual(passed[1], ["9999", 9998]);
});

test("the interval is kept as long as the flood lasts", async (t) => {
  const { throttle, passed } = createThrottle(t, { burst: 3, everyMs: 40 });
  const startedAt = performance.now();
  await until("some have passed", () => {
    throttle.put("x");
    return passed.length >= 6;
  });
  // Three at once, then one every 40 ms.
  assert.ok(performance.now() - startedAt > 100);
});

test("nothing passes once it is closed", async (t) => {
  const { throttle, passed } = createThrottle(t, { everyMs: 20 });
  throttle.put("a");
  throttle.put("b");
  throttle.close();
  throttle.put("c");
  await new Promise((resolve) => setTimeout(resolve, 60));
  assert.deepEqual(passed, [["a", 0]]);
});

test("a log text that repeats is logged at once, then once a minute with the number suppressed", () => {
  let now = 1000;
  const logged: string[] = [];
  const log = throttleLog(
    (text) => logged.push(text),
    () => now,
  );
  log("A cable is loose");
  for (let count = 0; count < 59; count++) {
    now += 1000;
    log("A cable is loose");
  }
  assert.deepEqual(logged.splice(0), ["A cable is loose"]);
  now += 1000;
  log("A cable is broken");
  now += 60_000;
  log("A cable is loose");
  assert.deepEqual(logged, ["A cable is broken (59 similar messages suppressed)", "A cable is loose"]);
});
