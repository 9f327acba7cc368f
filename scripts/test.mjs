// @ts-check
/*
 * `npm test`: makes a fresh clone ready, then runs the tests but those of the pages; `npm test -- FILE …` runs some of them,
 * of the pages too. `npm run pages` runs those, in Chromium and Firefox, which are half the work.
 */
import { join, sep } from "node:path";
import { conclude, findTests, runEach, runTogether } from "./run-tests.mjs";
import { makeReady } from "./setup.mjs";

/** Folders, and files, of tests that start no program and wait for little. */
const UNITS = [
  ...["abr", "auth", "config", "core", "jpeg", "messages", "options", "protocols", "transform", "util"].map(
    (name) => join("test", name) + sep,
  ),
  ...["config", "jpeg", "query", "visitor", "wire"].map((name) => join("test", "fuzz", `${name}.fuzz.ts`)),
];

makeReady();
const chosen = process.argv.slice(2);
const isPages = chosen[0] === "--pages";
const files = isPages ? chosen.slice(1) : chosen;
if (files.length > 0) process.exit((await runEach(files, isPages ? 1 : 2)).status);
process.exit(await conclude(isPages ? [runPages()] : runTests()));

/** Browsers leave no time to others: one file at a time. */
function runPages() {
  return runEach(findTests().filter(isPage), 1);
}

/** Three processes at a time even on two cores, where Node would run one: most tests wait most of the time. */
function runTests() {
  const files = findTests().filter((file) => !isPage(file));
  const isUnit = (/** @type {string} */ file) => UNITS.some((start) => file.startsWith(start));
  return [
    runEach(
      files.filter((file) => !isUnit(file)),
      2,
    ),
    runTogether(files.filter(isUnit)),
  ];
}

/** @param {string} file */
function isPage(file) {
  return file.startsWith(join("test", "browser") + sep);
}
