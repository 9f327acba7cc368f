// @ts-check
/*
 * `npm test`: makes a fresh clone ready, then runs all tests except those of the pages.
 * `npm test -- FILE …` runs some files, also of the pages.
 * `npm run pages` runs the tests of the pages in Chromium and Firefox, which are half the work.
 */
import { join, sep } from "node:path";
import { conclude, findTests, runEach, runTogether } from "./run-tests.mjs";
import { makeReady } from "./setup.mjs";

/**
 * Folders and files of tests that share one process: they start few programs and wait for little.
 */
const UNITS = [
  ...["abr", "auth", "config", "core", "jpeg", "messages", "options", "protocols", "transform", "util"].map(
    (name) => join("test", name) + sep,
  ),
  ...["client-address", "config", "jpeg", "protocols", "query"].map((name) => join("test", "fuzz", `${name}.fuzz.ts`)),
];

/** Files of these folders that start programs and wait for their end. */
const NOT_UNITS = ["log/standard-stream", "process/child-process", "process/guard"].map((name) =>
  join("test", "util", `${name}.test.ts`),
);

makeReady();
const chosen = process.argv.slice(2);
const isPages = chosen[0] === "--pages";
const files = isPages ? chosen.slice(1) : chosen;
if (files.length > 0) process.exit((await runEach(files, isPages ? 1 : 2)).status);
process.exit(await conclude(isPages ? [runPages()] : runTests()));

/** Runs one file at a time: browsers use all cores. */
function runPages() {
  return runEach(findTests().filter(isPage), 1);
}

/** Runs three processes at a time, also on two cores: tests mostly wait. */
function runTests() {
  const files = findTests().filter((file) => !isPage(file));
  const isUnit = (/** @type {string} */ file) =>
    UNITS.some((start) => file.startsWith(start)) && !NOT_UNITS.includes(file);
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
