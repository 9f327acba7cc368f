// @ts-check
/*
 * `npm run mutants`: puts small faults into the sources, one at a time, and tells which ones no test
 * finds. `npm run mutants -- FOLDER …` takes folders of src.
 */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { makeReady } from "./setup.mjs";
import { BUILD, compileTests } from "./tests/compile.mjs";

makeReady();
compileTests();
await import(pathToFileURL(join(BUILD, "scripts", "mutants", "main.js")).href);
