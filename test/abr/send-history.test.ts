import assert from "node:assert/strict";
import { test } from "node:test";
import { SendHistory } from "../../src/abr/send-history.ts";

test("it knows what was sent after a moment", () => {
  const sends = new SendHistory();
  for (const at of [0, 10, 20, 30]) sends.add(at, 7);
  assert.equal(sends.after(30), 0);
  assert.equal(sends.after(15), 14);
  assert.equal(sends.after(-1), 28);
});

test("what was sent seconds ago is forgotten, so that it grows with nothing", () => {
  const sends = new SendHistory();
  for (let at = 0; at < 100_000; at += 100) sends.add(at, 1);
  assert.ok(sends.after(-1) <= 21);
});
