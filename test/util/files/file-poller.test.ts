import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { FilePoller, type Reading } from "../../../src/util/files/file-poller.ts";
import { virtualTime } from "../../support/virtual-time.ts";

/**
 * A follower of what a test puts there, and what it told, when: it looks every 1000 ms, and 200 ms
 * after a change.
 */
function followed(t: TestContext) {
  const time = virtualTime(t);
  const place: { content: string | Error } = { content: "first" };
  const told: [atMs: number, what: string][] = [];
  const follower = new FilePoller("first", {
    read: async () => {
      if (typeof place.content !== "string") throw place.content;
      return place.content === "moving" ? `${time.passedMs}` : place.content;
    },
    everyMs: 1000,
    settleMs: 200,
    onChange: (reading: Reading<string>) =>
      told.push([time.passedMs, String("content" in reading ? reading.content : reading.error)]),
  });
  t.after(() => follower.close());
  return { time, follower, place, told };
}

test("what is there is told once, when it is another than before and has settled", async (t) => {
  const { time, place, told } = followed(t);
  await time.advance(2500);
  place.content = "second";
  await time.advance(5000);
  place.content = "first";
  await time.advance(5000);
  assert.deepEqual(told, [
    [3200, "second"],
    [8400, "first"],
  ]);
});

test("what changes from look to look, or is back as it was, is not told", async (t) => {
  const { time, place, told } = followed(t);
  place.content = "moving";
  await time.advance(60_000);
  place.content = "first";
  await time.advance(60_000);
  assert.deepEqual(told, []);
});

test("what cannot be read for a moment is waited out, and told when it lasts, once", async (t) => {
  const { time, place, told } = followed(t);
  place.content = new Error("gone");
  await time.advance(1100);
  place.content = "first";
  await time.advance(5000);
  assert.deepEqual(told, []);
  place.content = new Error("gone");
  await time.advance(5000);
  assert.deepEqual(told, [[6400, "Error: gone"]]);
});

test("one that is closed tells nothing more", async (t) => {
  const { time, follower, place, told } = followed(t);
  place.content = "second";
  await time.advance(1199);
  follower.close();
  await time.advance(60_000);
  assert.deepEqual(told, []);
});
