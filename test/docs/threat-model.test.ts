import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const root = new URL("../../", import.meta.url);

test("every threat in docs/contribute/threat-model.md is held by tests that are there", () => {
  const [, threats = ""] = readFileSync(new URL("docs/contribute/threat-model.md", root), "utf8").split(
    /^(?=\| threat )/m,
  );
  const rows = threats.match(/^\| (?!threat|---).*\|$/gm) ?? [];
  assert.ok(rows.length >= 20);
  for (const row of rows) {
    const [, file = "", names = ""] = /`(test\/[^`]+)`: ([^|]+) \|$/.exec(row) ?? assert.fail(row);
    const tests = readFileSync(new URL(file, root), "utf8");
    for (const name of names.split("; ")) assert.ok(tests.includes(name), `${file} has no test of “${name}”`);
  }
});
