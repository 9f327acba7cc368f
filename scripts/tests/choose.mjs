// @ts-check
import { join, relative, sep } from "node:path";
import { parseArgs } from "node:util";
import { fail, root } from "../setup.mjs";
import { findTests, makeTestsReady } from "./compile.mjs";
import { plan } from "./plan.mjs";

/**
 * Makes the checkout ready, and returns the groups of tests that the command line names: files and
 * folders, or all, and with `--only` a pattern of names.
 */
export function chosenTests() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { only: { type: "string" }, again: { type: "boolean" } },
  });
  if (values.only !== undefined) checkPattern(values.only);
  makeTestsReady();
  const all = findTests();
  const files = positionals.length === 0 ? all : positionals.flatMap((path) => filesAt(path, all));
  const isAll = positionals.length === 0 && values.only === undefined;
  return { groups: plan([...new Set(files)]), only: values.only, isAgain: values.again ?? false, isAll };
}

/**
 * Returns the test files of a path, which is a file or folder.
 *
 * @param {string} path
 * @param {readonly string[]} all
 */
function filesAt(path, all) {
  const own = relative(root, join(process.cwd(), path));
  const found = all.filter((file) => file === own || file.startsWith(own + sep));
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
