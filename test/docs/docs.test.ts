import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { kinds } from "../../src/app/registries.ts";
import { configurationDocs } from "../../src/config/docs.ts";
import { withRecipes } from "../../src/recipes/docs.ts";

const root = new URL("../../", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), "utf8");

test("docs/configuration.md is what the schemas say; npm run docs writes it", () => {
  assert.equal(read("docs/configuration.md"), configurationDocs(kinds));
});

test("the README's recipes are those of /embed; npm run docs writes them", () => {
  assert.equal(read("README.md"), withRecipes(read("README.md")));
});

test("every link between the project's pages leads to a file", () => {
  const pages = [
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    ...markdownIn("docs/"),
    ...markdownIn("docs/decisions/"),
  ];
  for (const page of pages) {
    for (const [, target = ""] of read(page).matchAll(/\]\((?!https?:|#)([^)#]+)/g)) {
      assert.ok(existsSync(new URL(target, new URL(page, root))), `${page} links to ${target}, which is not there`);
    }
  }
});

function markdownIn(folder: string): string[] {
  return readdirSync(new URL(folder, root))
    .filter((name) => name.endsWith(".md"))
    .map((name) => folder + name);
}
