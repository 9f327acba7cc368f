import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { documentedImports, importsByFolder } from "../../scripts/layers.ts";
import { ROOT_URL } from "../support/paths.ts";

/* The layers: what a folder imports, in the sources, in the linter and in the docs alike. */

const PAGE = "docs/contribute/architecture.md";
const docs = documentedImports(readFileSync(new URL(PAGE, ROOT_URL), "utf8"));
const imports = importsByFolder(fileURLToPath(new URL("src", ROOT_URL)), [...docs.keys()]);

interface Override {
  readonly includes: readonly string[];
  readonly linter?: { rules: { style?: { noRestrictedImports?: { options: { patterns: { group: string[] }[] } } } } };
}

/**
 * What biome.json lets each folder import, by the folder. The pages' folders below src/web have
 * rules of their own.
 */
function allowedByLinter(): Map<string, string[]> {
  const { overrides } = JSON.parse(readFileSync(new URL("biome.json", ROOT_URL), "utf8")) as { overrides: Override[] };
  const allowed = new Map<string, string[]>();
  for (const { includes, linter } of overrides) {
    const [pattern] = linter?.rules.style?.noRestrictedImports?.options.patterns ?? [];
    const [include = ""] = includes;
    if (pattern === undefined || include.startsWith("src/web/")) continue;
    const folder = include.replace(/^src\//, "").replace(/\/\*.*$|\.ts$/, "");
    const isNested = folder.startsWith("http/");
    const names = pattern.group
      .map((entry) => /^!\.{1,2}\/((?:\.\.\/)?)(.+)\/\*\*$/.exec(entry))
      .filter((match) => match !== null)
      .map(([, up, name = ""]) => (isNested && up === "" ? `http/${name}` : name));
    allowed.set(folder, [...new Set(names)].filter((name) => imports.has(name)).sort());
  }
  return allowed;
}

test("every folder of src has its row in the table of architecture.md", () => {
  const missing = [...imports.keys()].filter((folder) => !docs.has(folder));
  const gone = [...docs.keys()].filter((folder) => !imports.has(folder));
  assert.deepEqual({ missing, gone }, { missing: [], gone: [] }, `change the table of ${PAGE}`);
});

test("the table of architecture.md names what each folder imports; npm run docs writes it", () => {
  for (const [folder, names] of imports) assert.deepEqual(docs.get(folder), names, `src/${folder}: run npm run docs`);
});

test("biome.json allows each folder what it imports, and no more", () => {
  for (const [folder, names] of allowedByLinter()) {
    // What is in src/http itself may import each folder below it.
    const used = (imports.get(folder) ?? []).filter((name) => folder !== "http" || !name.startsWith("http/"));
    assert.deepEqual(
      names,
      used.sort(),
      `src/${folder}: its allow-list in biome.json differs from its imports. If the new import makes no circle, allow it there.`,
    );
  }
});
