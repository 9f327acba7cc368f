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

/** The results of the last run. */
const JUNIT = join(BUILD, "junit.xml");

/** What a shell returns for a program that a signal ended. */
const INTERRUPTED = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };

/**
 * Runs groups of test files, prints what happens, and writes .build/junit.xml. Resolves with the
 * exit status: 0 if there was a test, and none failed.
 *
 * @param {readonly string[][]} groups
 * @param {RunOptions & { junitFile?: string }} [options]
 */
export async function runGroups(groups, { junitFile = JUNIT, ...options } = {}) {
  stopWithSignals();
  const start = performance.now();
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
  const seconds = (performance.now() - start) / 1000;
  // Two runs may end at the same time.
  writeFileSync(`${junitFile}.${process.pid}`, junit(results, seconds));
  renameSync(`${junitFile}.${process.pid}`, junitFile);
  process.stdout.write(`\n${summary(results, seconds)}`);
  return results.length > 0 && !results.some(isFailed) ? 0 : 1;
}

/** If this process is interrupted, ends all that the tests have started, browsers too. */
function stopWithSignals() {
  for (const [signal, status] of Object.entries(INTERRUPTED)) {
    process.once(signal, () => {
      stopWorkers();
      process.stdout.write(`\nInterrupted by ${signal}\n`);
      process.exit(status);
    });
  }
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
