// @ts-check
/*
 * `npm run mutants`: puts small faults into the sources, one at a time, and tells which ones no
 * test finds. `npm run mutants -- FOLDER …` takes folders of src.
 */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { BUILD, makeTestsReady } from "./tests/compile.mjs";

makeTestsReady();
await import(pathToFileURL(join(BUILD, "scripts", "mutants", "main.js")).href);
