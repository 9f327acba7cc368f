import assert from "node:assert/strict";
import { test } from "node:test";
import { countDown, distance, greet, isAdult, sideOf } from "./numbers.ts";

test("people are adults from 18 years on", () => {
  assert.equal(isAdult(17), false);
  assert.equal(isAdult(18), true);
});

test("the distance of two numbers is found", () => {
  assert.equal(distance(1, 2), 1);
  assert.equal(distance(2, 1), 1);
});

test("counting down takes as many steps as its start says", () => {
  assert.equal(countDown(3), 3);
});

test("the greeting is hello", () => {
  assert.equal(greet(), "hello");
});

test("there are two sides", () => {
  assert.ok(sideOf(4) !== sideOf(3));
});

test("a test that fails tells nothing", () => {
  assert.fail();
});
