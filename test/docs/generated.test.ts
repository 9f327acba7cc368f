import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { drawChart } from "../../bench/chart.ts";
import { type Figures, figuresOf } from "../../bench/figures.ts";
import { registries } from "../../src/app/registries.ts";
import { configurationDocs } from "../../src/config/docs.ts";
import { withRecipes } from "../../src/recipes/docs.ts";
import { ROOT_URL } from "../support/paths.ts";

const read = (path: string) => readFileSync(new URL(path, ROOT_URL), "utf8");

test("docs/reference/configuration.md is what the schemas say; npm run docs writes it", () => {
  assert.equal(read("docs/reference/configuration.md"), configurationDocs(registries));
});

test("the recipes of docs/guide/dashboards.md are those of /embed; npm run docs writes them", () => {
  assert.equal(read("docs/guide/dashboards.md"), withRecipes(read("docs/guide/dashboards.md")));
});

test("the README's chart shows the figures of the bench; npm run docs draws it", () => {
  const figures = JSON.parse(read("docs/contribute/benchmarks.json")) as Figures;
  assert.equal(read("docs/images/fan-out.svg"), drawChart(figures));
});

test("the figures of the chart are those of docs/contribute/benchmarks.md; npm run bench writes both", () => {
  const report = read("docs/contribute/benchmarks.md");
  const machine = [...report.matchAll(/^- (.+)$/gm)].map(([, line = ""]) => line);
  const tables = report.split(/^## /m).map((section) => {
    const [header = [], , ...rows] = section.match(/^\|.*\|$/gm)?.map(cellsOf) ?? [];
    return { title: section.split("\n", 1)[0] ?? "", header, rows };
  });
  assert.deepEqual(JSON.parse(read("docs/contribute/benchmarks.json")), figuresOf(machine, tables));
});

function cellsOf(row: string): string[] {
  return row
    .slice(1, -1)
    .split("|")
    .map((cell) => cell.trim());
}
