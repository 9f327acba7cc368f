// @ts-check
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { root } from "../setup.mjs";
import { compiledFile } from "./compile.mjs";

/** A test that takes longer hangs. */
const MAX_TEST_MS = 120_000;

const EVENTS = "./scripts/tests/events.mjs";

/**
 * @typedef {import("./events.mjs").Result} Result
 * @typedef {object} RunOptions
 * @property {Record<string, string>} env More variables of the environment.
 * @property {string | undefined} only Runs the tests whose names match this pattern.
 * @property {boolean} isLong Prints what the tests print, and sets them no time limit.
 */

/**
 * Runs test files in one process. Resolves with the result of each test, with the files of sources.
 * Files that end early, or that have no test, are failures.
 *
 * @param {readonly string[]} files
 * @param {RunOptions} options
 * @returns {Promise<{ results: Result[], output: string }>}
 */
export async function runGroup(files, options) {
  const folder = mkdtempSync(join(tmpdir(), "stillstream-tests-"));
  const path = join(folder, "events");
  try {
    const { output, ended } = await runWorker(files, path, options);
    const results = resultsOf(readFileSync(path, "utf8"));
    const missing = options.only === undefined ? files.filter((file) => !results.some((one) => one.file === file)) : [];
    const failures = missing.map((file) => failure(file, "it has tests", ended ?? "no test was run"));
    if (ended !== undefined && failures.length === 0 && !results.some(isFailed)) {
      failures.push(failure(results.at(-1)?.file ?? files[0] ?? "", "its process ends well", ended));
    }
    return { results: [...results, ...failures], output };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {Result} result */
export function isFailed({ result }) {
  return result === "failed";
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

/**
 * @param {string} lines
 * @returns {Result[]}
 */
function resultsOf(lines) {
  const sources = (/** @type {string} */ file) => relative(".build", file).replace(/\.js$/, ".ts");
  return lines
    .split("\n")
    .filter((line) => line.endsWith("}"))
    .map((line) => JSON.parse(line))
    .map((result) => ({ ...result, file: sources(result.file) }));
}

/**
 * @param {readonly string[]} files
 * @param {string} path of the events
 * @param {RunOptions} options
 * @returns {Promise<{ output: string, ended: string | undefined }>}
 */
function runWorker(files, path, { env, only, isLong }) {
  const args = [
    "--enable-source-maps",
    `--test-reporter=${EVENTS}`,
    `--test-reporter-destination=${path}`,
    ...(isLong ? [] : [`--test-timeout=${MAX_TEST_MS}`]),
    ...(only === undefined ? [] : [`--test-name-pattern=/^file: |${only}/`]),
    join("scripts", "tests", "worker.mjs"),
    ...files.map(compiledFile),
  ];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
      env: { FUZZ_RUNS: "2000", ...process.env, ...env },
    });
    /** @type {Buffer[]} */
    const output = [];
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk) => void (isLong ? process.stdout.write(chunk) : output.push(chunk)));
    }
    child.on("error", reject);
    child.on("close", (status, signal) => {
      const ended = status === 0 ? undefined : `it ended with ${signal ?? `status ${status}`}`;
      resolve({ output: Buffer.concat(output).toString(), ended });
    });
  });
}
