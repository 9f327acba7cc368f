import assert from "node:assert/strict";
import { test } from "node:test";
import { throttleLog } from "../../../src/util/log/log-throttle.ts";
import { TokenBucket } from "../../../src/util/token-bucket.ts";

test("what repeats is said at once, and then once a minute with how often it was meanwhile", () => {
  let now = 1000;
  const said: string[] = [];
  const say = throttleLog(
    (text) => said.push(text),
    () => now,
  );
  say("A cable is loose");
  for (let count = 0; count < 59; count++) {
    now += 1000;
    say("A cable is loose");
  }
  assert.deepEqual(said.splice(0), ["A cable is loose"]);
  now += 1000;
  say("A cable is broken");
  now += 60_000;
  say("A cable is loose");
  assert.deepEqual(said, ["A cable is broken, and 59 more like it before", "A cable is loose"]);
});

test("an allowance gives what a second has at once, and then as many a second", () => {
  const allowance = new TokenBucket(10);
  const taken = (now: number) => Array.from({ length: 100 }, () => allowance.take(now)).filter(Boolean).length;
  assert.equal(taken(0), 10);
  assert.equal(taken(99), 0);
  assert.equal(taken(350), 3);
  assert.equal(taken(60_000), 10);
});
