import assert from "node:assert/strict";
import { test } from "node:test";
import { doctorReport } from "../../src/cli/doctor-report.ts";

test("what others chose stays in its line, and nothing in it is obeyed by a terminal", () => {
  const evil = "HTTP 500 \u001b[2J\u009b1A\rAll is well.\n  ok       Everything";
  const text = doctorReport({
    at: 0,
    findings: [{ check: "picture", about: `door${evil}`, level: "problem", what: evil, fix: evil }],
  });
  assert.doesNotMatch(text, /[^\P{Cc}\n]/u);
  assert.equal(text.split("\n").length, 6, text);
  assert.match(text, /^ {2}PROBLEM {2}HTTP 500 \\u001b\[2J\\u009b1A\\u000dAll is well\.\\n {2}ok {7}Everything$/m);
});
