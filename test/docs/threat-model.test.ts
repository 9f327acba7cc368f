import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { readPage } from "../support/markdown.ts";
import { ROOT_URL } from "../support/paths.ts";

const PAGE = "docs/contribute/threat-model.md";

test("every threat in docs/contribute/threat-model.md is held by tests that are there", () => {
  const rows = readPage(PAGE).match(/^\| (?!threat|---).*\|$/gm) ?? [];
  assert.ok(rows.length >= 120);
  const wrong: string[] = [];
  for (const row of rows) {
    const cell = row.split(" | ").at(-1) ?? "";
    assert.match(cell, /^`test\/[^`]+`: `/, `each row ends with \`file\`: \`part of a test's name\`: ${row}`);
    let file = "";
    for (const [, code = ""] of cell.matchAll(/`([^`]+)`/g)) {
      if (code.startsWith("test/")) file = code;
      else if (!existsSync(new URL(file, ROOT_URL))) wrong.push(`there is no ${file}`);
      else if (!readPage(file).includes(code)) wrong.push(`${file} has no test of “${code}”`);
    }
  }
  assert.deepEqual(wrong, [], `change the last column of ${PAGE}`);
});
