/**
 * `npm run docs`: writes docs/reference/configuration.md from the schemas, the recipes of
 * docs/guide/dashboards.md, the imports in docs/contribute/architecture.md, the README's chart, and
 * packaging/. A test fails when one is stale.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { drawChart } from "../bench/chart.ts";
import type { Figures } from "../bench/figures.ts";
import { registries } from "../src/app/registries.ts";
import { configurationDocs } from "../src/config/docs.ts";
import { withRecipes } from "../src/recipes/docs.ts";
import { PACKAGED, serviceUnit, socketUnit } from "../src/systemd/unit.ts";
import { withImports } from "./layers.ts";

const path = (name: string) => fileURLToPath(new URL(`../${name}`, import.meta.url));

writeFileSync(path("docs/reference/configuration.md"), configurationDocs(registries));
writeFileSync(path("docs/guide/dashboards.md"), withRecipes(readFileSync(path("docs/guide/dashboards.md"), "utf8")));
const architecture = path("docs/contribute/architecture.md");
writeFileSync(architecture, withImports(readFileSync(architecture, "utf8"), path("src")));
const figures = JSON.parse(readFileSync(path("docs/contribute/benchmarks.json"), "utf8")) as Figures;
writeFileSync(path("docs/images/fan-out.svg"), drawChart(figures));
writeFileSync(path("packaging/stillstream.service"), serviceUnit(PACKAGED));
writeFileSync(path("packaging/stillstream.socket"), socketUnit("0.0.0.0", PACKAGED.port));
