// @ts-check
/*
 * `npm run fuzz`: sends every listener and parser 100,000 cases of hostile or broken input.
 * `npm run fuzz -- FILE …` runs some files; FUZZ_RUNS=N sets another number. `npm test` runs 2,000
 * of each.
 */
import { findTests, runLong } from "./run-tests.mjs";
import { installDependencies } from "./setup.mjs";

installDependencies();
const chosen = process.argv.slice(2);
const files = chosen.length > 0 ? chosen : findTests().filter((file) => file.endsWith(".fuzz.ts"));
process.exit(await runLong(files, 2, { FUZZ_RUNS: process.env["FUZZ_RUNS"] ?? "100000" }));
