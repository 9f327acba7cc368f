import assert from "node:assert/strict";
import { test } from "node:test";
import { pathOf, pathPattern } from "../../../src/http/shared/paths.ts";

test("a pattern matches the same paths as Express", () => {
  const pattern = pathPattern("/cameras/:name/share.svg", { isWhole: true });
  for (const path of ["/cameras/door/share.svg", "/Cameras/Door/SHARE.svg", "/cameras/d%6For/share.svg/"]) {
    assert.ok(pattern.test(path), path);
  }
  for (const path of [
    "/cameras/share.svg",
    "/cameras/a/b/share.svg",
    "/cameras/door/sharexsvg",
    "/x/cameras/door/share.svg",
    "/cameras/door/share.svg//",
  ]) {
    assert.ok(!pattern.test(path), path);
  }
  assert.equal(pattern.exec("/cameras/Door/share.svg")?.groups?.["name"], "Door");
  assert.ok(pathPattern("/live").test("/base/Live/"));
});

test("the path of a URL has no origin, query or fragment", () => {
  for (const [url, path] of [
    ["/live?key=a#b", "/live"],
    ["http://here:8080/live?x", "/live"],
    ["/live#?x", "/live"],
    ["http://here", ""],
    ["*", "*"],
    ["", ""],
  ] as const) {
    assert.equal(pathOf(url), path);
  }
});
