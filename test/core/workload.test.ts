import assert from "node:assert/strict";
import { test } from "node:test";
import { Workload } from "../../src/core/workload.ts";

test("what was sent is left until the link has had the time to take it", () => {
  const workload = new Workload();
  workload.sent(1000, 500);
  assert.equal(workload.left(1000, 1000), 500);
  assert.equal(workload.left(1200, 1000), 300);
  assert.equal(workload.left(1500, 1000), 0);
  assert.equal(workload.left(9000, 1000), 0);
});

test("what is sent meanwhile is added, and an idle link gains nothing", () => {
  const workload = new Workload();
  workload.sent(0, 100);
  workload.sent(1000, 100);
  workload.sent(1050, 100);
  assert.equal(workload.left(1050, 1000), 150);
  assert.equal(workload.left(1100, 1000), 100);
});

test("nothing is left of nothing, whatever the link", () => {
  assert.equal(new Workload().left(5, 0), 0);
  assert.equal(new Workload().left(5, 1e9), 0);
});

test("it knows what was sent after a moment", () => {
  const workload = new Workload();
  for (const at of [0, 10, 20, 30]) workload.sent(at, 7);
  assert.equal(workload.sentAfter(30), 0);
  assert.equal(workload.sentAfter(15), 14);
  assert.equal(workload.sentAfter(-1), 28);
});

test("what was sent seconds ago is forgotten, so that it grows with nothing", () => {
  const workload = new Workload();
  for (let at = 0; at < 100_000; at += 100) workload.sent(at, 1);
  assert.ok(workload.sentAfter(-1) <= 31);
});
