// @ts-check
import { relative } from "node:path";
import { root } from "../setup.mjs";
import { compiledFile } from "./compile.mjs";
import { runWorker } from "./run-worker.mjs";

/**
 * @typedef {import("./events.mjs").Result} Result
 * @typedef {import("./events.mjs").Note} Note
 * @typedef {import("./run-worker.mjs").RunOptions} RunOptions
 * @typedef {import("./run-worker.mjs").Ran} Ran
 */

const STARVED = "Its promise cannot be settled any more: no timer, socket or process is open.";

/**
 * Runs test files in one process. Resolves with the result of each test. A file without tests
 * fails, and so does the file in which the process ends early: the next process runs those after.
 *
 * @param {readonly string[]} files
 * @param {RunOptions} options
 * @returns {Promise<{ results: Result[], output: string }>}
 */
export async function runGroup(files, options) {
  const sources = new Map(files.map((file) => [compiledFile(file), file]));
  /** @type {Result[]} */
  const results = [];
  let output = "";
  /** @type {readonly string[]} */
  let waiting = [...sources.keys()];
  while (waiting.length > 0) {
    const ran = await runWorker(waiting, options);
    const { found, rest } = resultsOf(ran, waiting, options.only !== undefined);
    results.push(...found);
    output += ran.output;
    waiting = rest;
  }
  return { results: results.map((result) => ({ ...result, file: sources.get(result.file) ?? result.file })), output };
}

/** @param {Result} result */
export function isFailed({ result }) {
  return result === "failed";
}

/**
 * Returns the results of a process, and the files that it has not run.
 *
 * @param {Ran} ran
 * @param {readonly string[]} files
 * @param {boolean} mayBeEmpty whether a file may run no test
 * @returns {{ found: Result[], rest: readonly string[] }}
 */
function resultsOf({ notes, ended, stopped, left }, files, mayBeEmpty) {
  const last = lastBegun(notes) ?? { file: files[0] ?? "", name: "it loads" };
  const found = notes.flatMap((note) => (note.type === "end" ? [note.result] : []));
  const strays = notes.flatMap((note) => (note.type === "stray" ? [note] : []));
  for (const { file, why } of strays) {
    const named = files.find((path) => path === file || why.includes(relative(root, path)));
    found.push(failure(named ?? last.file, "nothing fails outside of its tests", why));
  }
  const isWell = ended === "status 0" || (ended === "status 1" && found.some(isFailed));
  if (left.length > 0) found.push(failure(last.file, "it ends what it starts", `Still there: ${left.join(", ")}`));
  if (!notes.some(({ type }) => type === "over") || !isWell) {
    const open = notes.flatMap((note) => (note.type === "open" ? [`Open: ${note.what.join(", ")}`] : []));
    const where = files.length > 1 ? [`It ran ${files.length} files.`] : [];
    const how = notes.some(({ type }) => type === "starved") ? STARVED : `The process ended with ${ended}.`;
    const why = [stopped ?? how, ...open, ...where].join("\n");
    return { found: [...found, failure(last.file, last.name, why)], rest: filesAfter(notes, files, last.file) };
  }
  const empty = files.filter((file) => !mayBeEmpty && !found.some((result) => result.file === file));
  return { found: [...found, ...empty.map((file) => failure(file, "it has tests", "No test was run."))], rest: [] };
}

/**
 * Returns what began last: a test, or the loading of a file.
 *
 * @param {readonly Note[]} notes
 */
function lastBegun(notes) {
  for (const note of notes.toReversed()) {
    if (note.type === "begin") return note;
    if (note.type === "loading") return { file: note.file, name: "it loads" };
  }
  return;
}

/**
 * Returns the files that a process has not run that ended in one of them.
 *
 * @param {readonly Note[]} notes
 * @param {readonly string[]} files
 * @param {string} last
 */
function filesAfter(notes, files, last) {
  if (notes.length === 0) return [];
  // All are loaded before the first test.
  const hasRun = notes.some(({ type }) => type === "end");
  return hasRun ? files.slice(files.indexOf(last) + 1) : files.filter((file) => file !== last);
}

/**
 * @param {string} file
 * @param {string} name
 * @param {string} why
 * @returns {Result}
 */
function failure(file, name, why) {
  return { file, name, ms: 0, result: "failed", why };
}
