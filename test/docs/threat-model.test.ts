import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";

const root = new URL("../../", import.meta.url);
const PAGE = "docs/contribute/threat-model.md";

test("every threat in docs/contribute/threat-model.md is held by tests that are there", () => {
  const rows = readFileSync(new URL(PAGE, root), "utf8").match(/^\| (?!threat|---).*\|$/gm) ?? [];
  assert.ok(rows.length >= 20);
  const wrong: string[] = [];
  for (const row of rows) {
    const [, file = "", names = ""] = /`(test\/[^`]+)`: ([^|]+) \|$/.exec(row) ?? assert.fail(`no test in: ${row}`);
    const path = new URL(file, root);
    const tests = existsSync(path) ? readFileSync(path, "utf8") : undefined;
    if (tests === undefined) wrong.push(`there is no ${file}`);
    else
      for (const name of names.split("; ")) if (!tests.includes(name)) wrong.push(`${file} has no test of “${name}”`);
  }
  assert.deepEqual(wrong, [], `change the last column of ${PAGE}`);
});
