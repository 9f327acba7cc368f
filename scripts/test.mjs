// `npm test`: makes a fresh clone ready, then runs the tests; `npm test -- FILE …` runs some of them.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { build, installDependencies, installTools, root } from "./setup.mjs";

installDependencies();
build();
installTools();
const chosen = process.argv.slice(2);
// Node 20 finds no .ts files by itself.
const files =
  chosen.length > 0
    ? chosen
    : readdirSync(join(root, "test"), { recursive: true })
        .filter(isTest)
        .sort()
        .map((file) => join("test", file));
// Two files at a time even on two cores, where Node would run one: most tests wait most of the time. Browsers do not: their
// files come last, one at a time.
const isPage = (/** @type {string} */ file) => file.startsWith(join("test", "page"));
const results = [
  run(
    files.filter((file) => !isPage(file)),
    2,
  ),
  run(files.filter(isPage), 1),
];
process.exit(results.find((status) => status !== 0) ?? 0);

/**
 * Runs some test files, so many at a time; gives the status.
 *
 * @param {string[]} some
 * @param {number} atOnce
 */
function run(some, atOnce) {
  if (some.length === 0) return 0;
  const options = [`--test-concurrency=${atOnce}`, "--test-reporter=spec", "--test-timeout=300000"];
  const { status } = spawnSync(process.execPath, ["--import", "tsx", "--test", ...options, ...some], {
    cwd: root,
    stdio: "inherit",
    env: { FUZZ_RUNS: "2000", ...process.env },
  });
  return status ?? 1;
}

/** @param {string} file */
function isTest(file) {
  // Of the fuzz tests 2,000 cases each; `npm run fuzz` runs them at length.
  return file.endsWith(".test.ts") || file.endsWith(".fuzz.ts");
}
