// @ts-check
/*
 * `npm test`: makes a fresh clone ready, then runs the tests but those of the pages; `npm test -- FILE …` runs some of them,
 * of the pages too. `npm run pages` runs those, in Chromium and Firefox, which are half the work.
 */
import { join, sep } from "node:path";
import { findTests, runEach, runTogether } from "./run-tests.mjs";
import { makeReady } from "./setup.mjs";

/** Folders, and files, of tests that start no program and wait for little. */
const UNITS = [
  ...["auth", "config", "core", "jpeg", "messages", "variants", "wire"].map((name) => join("test", name) + sep),
  ...["config", "jpeg", "query", "visitor", "wire"].map((name) => join("test", "fuzz", `${name}.fuzz.ts`)),
];

makeReady();
const chosen = process.argv.slice(2);
const isPages = chosen[0] === "--pages";
const statuses = isPages ? [await runPages(chosen.slice(1))] : await runTests(chosen);
process.exit(statuses.find((status) => status !== 0) ?? 0);

/**
 * Browsers leave no time to others: one file at a time.
 *
 * @param {string[]} chosen
 */
async function runPages(chosen) {
  return await runEach(chosen.length > 0 ? chosen : findTests().filter(isPage), 1);
}

/**
 * Three processes at a time even on two cores, where Node would run one: most tests wait most of the time.
 *
 * @param {string[]} chosen
 */
async function runTests(chosen) {
  if (chosen.length > 0) return [await runEach(chosen, 2)];
  const files = findTests().filter((file) => !isPage(file));
  const isUnit = (/** @type {string} */ file) => UNITS.some((start) => file.startsWith(start));
  return await Promise.all([
    runEach(
      files.filter((file) => !isUnit(file)),
      2,
    ),
    runTogether(files.filter(isUnit)),
  ]);
}

/** @param {string} file */
function isPage(file) {
  return file.startsWith(join("test", "page") + sep);
}
