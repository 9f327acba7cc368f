import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { Debounce } from "../../src/util/debounce.ts";
import { virtualTime } from "../support/virtual-time.ts";

/** A debounce in virtual time, and when it called back. */
function createDebounce(t: TestContext) {
  const time = virtualTime(t);
  const calls: number[] = [];
  const debounce = new Debounce(() => calls.push(time.passedMs));
  return { time, calls, debounce };
}

test("changes are told once, 0.3 s after the last", async (t) => {
  const { time, calls, debounce } = createDebounce(t);
  debounce.allow();
  for (let change = 0; change < 3; change++) {
    debounce.add();
    await time.advance(200);
  }
  await time.advance(10_000);
  assert.deepEqual(calls, [700]);
});

test("changes that do not end are told every 1.5 s, from the first", async (t) => {
  const { time, calls, debounce } = createDebounce(t);
  debounce.allow();
  for (let change = 0; change < 40; change++) {
    debounce.add();
    await time.advance(100);
  }
  await time.advance(10_000);
  assert.deepEqual(calls, [1500, 3000, 4200]);
});

test("changes before it is allowed are told when they have settled and it is, the later of the two", async (t) => {
  const { time, calls, debounce } = createDebounce(t);
  debounce.add();
  await time.advance(1000);
  assert.deepEqual(calls, []);
  debounce.add();
  await time.advance(100);
  debounce.allow();
  assert.deepEqual(calls, [], "the second has not settled");
  await time.advance(1000);
  assert.deepEqual(calls, [1300]);
});

test("changes that have settled are told as soon as it is allowed, and nothing once it is closed", async (t) => {
  const { time, calls, debounce } = createDebounce(t);
  debounce.add();
  await time.advance(5000);
  debounce.allow();
  assert.deepEqual(calls, [5000]);
  debounce.add();
  debounce.close();
  await time.advance(5000);
  assert.deepEqual(calls, [5000]);
});
