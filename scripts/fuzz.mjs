// @ts-check
/*
 * `npm run fuzz`: sends every listener and parser 100,000 cases of what a hostile or broken peer may send. `npm run fuzz --
 * FILE …` runs some; FUZZ_RUNS=N sets another number. The ordinary tests run 2,000 of each.
 */
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { installDependencies, root } from "./setup.mjs";

installDependencies();
const chosen = process.argv.slice(2);
const folder = join("test", "fuzz");
const all = readdirSync(join(root, folder)).filter((file) => file.endsWith(".fuzz.ts"));
const files = chosen.length > 0 ? chosen : all.sort().map((file) => join(folder, file));
const { status } = spawnSync(
  process.execPath,
  ["--import", "tsx", "--test", "--test-concurrency=2", "--test-reporter=spec", ...files],
  { cwd: root, stdio: "inherit", env: { FUZZ_RUNS: "100000", ...process.env } },
);
process.exit(status ?? 1);
