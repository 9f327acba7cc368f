import assert from "node:assert/strict";
import { test } from "node:test";
import { Histogram } from "../../src/util/histogram.ts";

test("a value counts in the first bucket whose end it does not pass, and in all above", () => {
  const histogram = new Histogram([10, 20]);
  for (const value of [1, 10, 10.5, 20, 21]) histogram.add(value);
  assert.deepEqual(histogram.cumulative(), [2, 4, 5]);
  assert.equal(histogram.sum, 62.5);
});
