import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { registries } from "../../src/app/registries.ts";
import { configurationDocs } from "../../src/config/docs.ts";
import { withRecipes } from "../../src/recipes/docs.ts";

const root = new URL("../../", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), "utf8");

test("docs/reference/configuration.md is what the schemas say; npm run docs writes it", () => {
  assert.equal(read("docs/reference/configuration.md"), configurationDocs(registries));
});

test("the recipes of docs/guide/dashboards.md are those of /embed; npm run docs writes them", () => {
  assert.equal(read("docs/guide/dashboards.md"), withRecipes(read("docs/guide/dashboards.md")));
});
