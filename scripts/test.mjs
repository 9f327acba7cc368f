// @ts-check
/*
 * `npm test`: makes a fresh clone ready, then runs all tests, of the pages too.
 * `npm test -- FILE …` runs some files; `--only PATTERN` runs the tests whose names match.
 */
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { fail, root } from "./setup.mjs";
import { findTests, makeTestsReady } from "./tests/compile.mjs";
import { plan } from "./tests/plan.mjs";
import { runGroups } from "./tests/run-groups.mjs";

const { values, positionals } = parseArgs({ allowPositionals: true, options: { only: { type: "string" } } });
if (values.only !== undefined) checkPattern(values.only);
makeTestsReady();
const all = findTests();
const files = positionals.length === 0 ? all : positionals.flatMap(filesAt);
process.exit(await runGroups(plan(files), { only: values.only }));

/**
 * Returns the test files of a path, which is a file or folder.
 *
 * @param {string} path
 */
function filesAt(path) {
  const own = relative(root, join(process.cwd(), path));
  const found = all.filter((file) => file === own || file.startsWith(`${own}/`));
  return found.length > 0 ? found : fail(`There is no test at ${JSON.stringify(path)}.`);
}

/**
 * Exits with an error if a text is no regular expression.
 *
 * @param {string} only
 */
function checkPattern(only) {
  try {
    new RegExp(only);
  } catch (error) {
    fail(`--only: ${/** @type {Error} */ (error).message}. Write a regular expression.`);
  }
}
