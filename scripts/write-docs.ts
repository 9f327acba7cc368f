/** `npm run docs`: writes docs/reference/configuration.md from the schemas, the recipes of docs/guide/dashboards.md, and packaging/. A test fails when one is stale. */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { registries } from "../src/app/registries.ts";
import { configurationDocs } from "../src/config/docs.ts";
import { withRecipes } from "../src/recipes/docs.ts";
import { PACKAGED, serviceUnit, socketUnit } from "../src/systemd/unit.ts";

const path = (name: string) => fileURLToPath(new URL(`../${name}`, import.meta.url));

writeFileSync(path("docs/reference/configuration.md"), configurationDocs(registries));
writeFileSync(path("docs/guide/dashboards.md"), withRecipes(readFileSync(path("docs/guide/dashboards.md"), "utf8")));
writeFileSync(path("packaging/stillstream.service"), serviceUnit(PACKAGED));
writeFileSync(path("packaging/stillstream.socket"), socketUnit("0.0.0.0", PACKAGED.port));
