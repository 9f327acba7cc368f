// @ts-check
/*
 * `npm run fuzz`: sends every listener and parser 100,000 cases of what a hostile or broken peer may send. `npm run fuzz --
 * FILE …` runs some; FUZZ_RUNS=N sets another number. The ordinary tests run 2,000 of each.
 */
import { findTests, runLong } from "./run-tests.mjs";
import { installDependencies } from "./setup.mjs";

installDependencies();
const chosen = process.argv.slice(2);
const files = chosen.length > 0 ? chosen : findTests().filter((file) => file.endsWith(".fuzz.ts"));
process.exit(await runLong(files, 2, { FUZZ_RUNS: process.env["FUZZ_RUNS"] ?? "100000" }));
