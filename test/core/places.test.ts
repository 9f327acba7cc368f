import assert from "node:assert/strict";
import { test } from "node:test";
import { Places } from "../../src/core/places.ts";

test("no address has all places, and a place is free again once, however often that is said", () => {
  const places = new Places({ max: 3, perAddress: 2 });
  const first = places.take("10.0.0.1:1000");
  places.take("10.0.0.1:1001");
  assert.equal(places.take("10.0.0.1:1002"), "address");
  places.take("[2001:db8::1]:7");
  assert.equal(places.take("10.0.0.3"), "all");
  assert.equal(places.taken, 3);
  if (typeof first === "string") assert.fail(first);
  first();
  first();
  assert.equal(places.taken, 2);
  assert.equal(typeof places.take("10.0.0.1:1003"), "function");
  assert.equal(places.take("10.0.0.3"), "all");
});
