import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { FilePoller, type Reading } from "../../../src/util/files/file-poller.ts";
import { until } from "../../support/deferred.ts";

/** A follower of what a test puts there, and what it told. */
function followed(t: TestContext, restMs: number) {
  /** As a `moving` one, it is another at each look. */
  const place: { content: string | Error; looks: number } = { content: "first", looks: 0 };
  const told: (string | Error)[] = [];
  const follower = new FilePoller("first", {
    read: async () => {
      place.looks++;
      if (typeof place.content !== "string") throw place.content;
      return place.content === "moving" ? `${place.looks}` : place.content;
    },
    everyMs: 5,
    settleMs: restMs,
    onChange: (reading: Reading<string>) => told.push("content" in reading ? reading.content : reading.error),
  });
  t.after(() => follower.close());
  const looked = async (times: number) => {
    const before = place.looks;
    await until(`it has looked ${times} times`, () => place.looks >= before + times);
  };
  return { follower, place, told, looked };
}

test("what is there is told once, when it is another than before", async (t) => {
  const { place, told, looked } = followed(t, 5);
  await looked(3);
  place.content = "second";
  await until("it is told", () => told.length > 0);
  await looked(3);
  place.content = "first";
  await until("the first is told again, being another", () => told.length > 1);
  assert.deepEqual(told, ["second", "first"]);
});

test("what changes from look to look, or is back as it was, is not told", async (t) => {
  const { place, told, looked } = followed(t, 5);
  place.content = "moving";
  await looked(20);
  place.content = "first";
  await looked(3);
  assert.deepEqual(told, []);
});

test("what cannot be read for a moment is waited out, and told when it lasts, once", async (t) => {
  const { place, told, looked } = followed(t, 200);
  place.content = new Error("gone");
  await looked(1);
  place.content = "first";
  await looked(3);
  assert.deepEqual(told, []);
  place.content = new Error("gone");
  await until("it is told", () => told.length > 0);
  await looked(3);
  assert.deepEqual(told.map(String), ["Error: gone"]);
});

test("one that is closed tells nothing more", async (t) => {
  const { follower, place, told, looked } = followed(t, 5);
  await looked(1);
  follower.close();
  place.content = "second";
  await new Promise((resolve) => setTimeout(resolve, 60));
  assert.deepEqual(told, []);
});
