import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { Throttle, throttleLog } from "../../src/util/throttle.ts";
import { virtualTime } from "../support/virtual-time.ts";

/** A throttle in virtual time, and what passed it, when. */
function createThrottle(t: TestContext, options: { burst?: number; everyMs: number }) {
  const time = virtualTime(t);
  const passed: [atMs: number, item: string, suppressed: number][] = [];
  const throttle = new Throttle<string>((item, suppressed) => passed.push([time.passedMs, item, suppressed]), options);
  return { time, throttle, passed };
}

test("a burst passes at once", (t) => {
  const { throttle, passed } = createThrottle(t, { burst: 2, everyMs: 60_000 });
  throttle.put("a");
  throttle.put("b");
  assert.deepEqual(passed, [
    [0, "a", 0],
    [0, "b", 0],
  ]);
});

test("of a flood the newest passes after the interval, with the number of suppressed ones", async (t) => {
  const { time, throttle, passed } = createThrottle(t, { everyMs: 50 });
  for (let number = 0; number < 10_000; number++) throttle.put(String(number));
  await time.advance(1000);
  assert.deepEqual(passed, [
    [0, "0", 0],
    [50, "9999", 9998],
  ]);
});

test("the interval is kept as long as the flood lasts", async (t) => {
  const { time, throttle, passed } = createThrottle(t, { burst: 3, everyMs: 40 });
  for (let step = 0; step <= 20; step++) {
    throttle.put(String(step));
    await time.advance(10);
  }
  assert.deepEqual(passed, [
    [0, "0", 0],
    [10, "1", 0],
    [20, "2", 0],
    [40, "3", 0],
    [80, "7", 3],
    [120, "11", 3],
    [160, "15", 3],
    [200, "19", 3],
  ]);
});

test("nothing passes once it is closed", async (t) => {
  const { time, throttle, passed } = createThrottle(t, { everyMs: 20 });
  throttle.put("a");
  throttle.put("b");
  throttle.close();
  throttle.put("c");
  await time.advance(1000);
  assert.deepEqual(passed, [[0, "a", 0]]);
});

test("a log text that repeats is logged at once, then once a minute with the number suppressed", async (t) => {
  const time = virtualTime(t);
  const logged: string[] = [];
  const log = throttleLog((text) => logged.push(text));
  log("A cable is loose");
  for (let count = 0; count < 59; count++) {
    await time.advance(1000);
    log("A cable is loose");
  }
  await time.advance(999);
  log("A cable is loose");
  assert.deepEqual(logged.splice(0), ["A cable is loose"]);
  await time.advance(1);
  log("A cable is broken");
  await time.advance(60_000);
  log("A cable is loose");
  assert.deepEqual(logged, ["A cable is broken (60 similar messages suppressed)", "A cable is loose"]);
});
