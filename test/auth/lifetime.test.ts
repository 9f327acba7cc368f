import assert from "node:assert/strict";
import { test } from "node:test";
import { parseLifetime } from "../../src/auth/lifetime.ts";

test("a lifetime is whole seconds, from one second to ten years", () => {
  assert.equal(parseLifetime("1s"), 1);
  assert.equal(parseLifetime("90m"), 5400);
  assert.equal(parseLifetime("3650d"), 315_360_000);
  for (const wrong of ["0s", "87601h", "3651d", "soon", "", "-1h"])
    assert.equal(parseLifetime(wrong), undefined, wrong);
});
