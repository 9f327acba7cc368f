import assert from "node:assert/strict";
import { test } from "node:test";
import { EvictionOrder } from "../../../src/http/limits/eviction-order.ts";

const NONE = () => false;

test("the one that is idle for longest goes first, then the one that is busy for longest", () => {
  const order = new EvictionOrder<string>();
  order.put("busy early", true);
  order.put("idle early", false);
  order.put("busy", true);
  order.put("idle", false);
  const found: (string | undefined)[] = [];
  for (let first = order.first(NONE); first !== undefined; first = order.first(NONE)) {
    found.push(first);
    order.remove(first);
  }
  assert.deepEqual(found, ["idle early", "idle", "busy early", "busy"]);
});

test("each change puts one behind the others", () => {
  const order = new EvictionOrder<string>();
  order.put("a", false);
  order.put("b", false);
  order.put("a", false);
  assert.equal(order.first(NONE), "b");
  order.put("b", true);
  assert.equal(order.first(NONE), "a");
  order.put("a", true);
  assert.equal(order.first(NONE), "b");
  order.remove("b");
  assert.equal(order.first(NONE), "a");
  order.put("b", false);
  assert.equal(order.first(NONE), "b");
});

test("an exempt one is passed over, until it is put again", () => {
  const order = new EvictionOrder<string>();
  order.put("a", false);
  order.put("b", true);
  assert.equal(
    order.first((one) => one === "a"),
    "b",
  );
  assert.equal(order.first(NONE), "b");
  order.put("a", true);
  assert.equal(
    order.first((one) => one === "b"),
    "a",
  );
  assert.equal(
    order.first(() => true),
    undefined,
  );
});
