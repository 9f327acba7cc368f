/** `npm run docs`: writes docs/configuration.md from the schemas. A test fails when the file is stale. */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { configurationDocs } from "../src/config/docs.ts";
import { kinds } from "../src/kinds.ts";

writeFileSync(fileURLToPath(new URL("../docs/configuration.md", import.meta.url)), configurationDocs(kinds));
