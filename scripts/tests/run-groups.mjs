// @ts-check
import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BUILD } from "./compile.mjs";
import { failureText, fileText, junit, summary } from "./report.mjs";
import { isFailed, runGroup } from "./run-group.mjs";
import { stopWorkers } from "./run-worker.mjs";

/**
 * @typedef {import("./events.mjs").Result} Result
 * @typedef {import("./run-worker.mjs").RunOptions} RunOptions
 */

/** Processes that run at a time: tests mostly wait, so two cores run three. */
const AT_ONCE = 3;

/** If more files fail, the cause is no test that needed luck. */
const MOST_AGAIN = 5;

/** The results of the last run. */
const JUNIT = join(BUILD, "junit.xml");

/** What a shell returns for a program that a signal ended. */
const INTERRUPTED = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };

/**
 * Runs groups of test files, prints what happens, and writes .build/junit.xml. Resolves with the
 * exit status: 0 if there was a test, and none failed.
 *
 * @param {readonly string[][]} groups
 * @param {RunOptions & { junitFile?: string, isAgain?: boolean }} [options] With `isAgain`, up to
 * five files that fail are run once more, each by itself.
 */
export async function runGroups(groups, { junitFile = JUNIT, isAgain = false, ...options } = {}) {
  for (const signal of Object.keys(INTERRUPTED)) process.on(signal, interrupt);
  const start = performance.now();
  let results = await runAll(groups, options);
  const bad = [...new Set(results.filter(isFailed).map(({ file }) => file))];
  if (isAgain && bad.length > 0 && bad.length <= MOST_AGAIN) {
    process.stdout.write(`\nFailed; running each again by itself:\n  ${bad.join("\n  ")}\n\n`);
    const again = await runAll(
      bad.map((file) => [file]),
      options,
    );
    results = [...results.filter(({ file }) => !bad.includes(file)), ...again];
    const shaky = bad.filter((file) => !again.some((result) => result.file === file && isFailed(result)));
    if (shaky.length > 0) process.stdout.write(`\nPassed only the second time:\n  ${shaky.join("\n  ")}\n`);
  }
  for (const signal of Object.keys(INTERRUPTED)) process.off(signal, interrupt);
  const seconds = (performance.now() - start) / 1000;
  // Two runs may end at the same time.
  writeFileSync(`${junitFile}.${process.pid}`, junit(results, seconds));
  renameSync(`${junitFile}.${process.pid}`, junitFile);
  process.stdout.write(`\n${summary(results, seconds)}`);
  return results.length > 0 && !results.some(isFailed) ? 0 : 1;
}

/**
 * Resolves with the results of groups, of which some run at a time.
 *
 * @param {readonly string[][]} groups
 * @param {RunOptions} options
 */
async function runAll(groups, options) {
  /** @type {Result[]} */
  const results = [];
  const waiting = [...groups];
  const run = async () => {
    for (let files = waiting.shift(); files !== undefined; files = waiting.shift()) {
      const ran = await runGroup(files, options);
      results.push(...ran.results);
      print(ran, options);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, run));
  return results;
}

/**
 * Ends all that the tests have started, browsers too, and this process. It stays a listener
 * meanwhile: a second signal would end this process before it is done.
 *
 * @param {keyof typeof INTERRUPTED} signal
 */
function interrupt(signal) {
  stopWorkers();
  process.stdout.write(`\nInterrupted by ${signal}\n`);
  process.exit(INTERRUPTED[signal]);
}

/**
 * Prints a line for each file of a group, and what failed.
 *
 * @param {{ results: readonly Result[], output: string }} ran
 * @param {RunOptions} options
 */
function print({ results, output }, { isLong = false }) {
  const files = new Map(results.map(({ file }) => [file, results.filter((one) => one.file === file)]));
  const lines = [...files].map(([file, own]) => fileText(file, own));
  const told = results.filter((result) => isFailed(result) || (isLong && result.notes !== undefined));
  const isBad = results.some(isFailed) && output !== "";
  const printed = isBad ? [`  Their process printed:\n${output.replace(/^/gm, "  ")}\n`] : [];
  process.stdout.write([...lines, ...told.map(failureText), ...printed].join(""));
}
