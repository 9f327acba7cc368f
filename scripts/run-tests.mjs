// @ts-check
/* Finds the test files, and runs them by Node's own runner. */
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { root } from "./setup.mjs";

const OPTIONS = ["--import", "tsx"];
const SPEC = ["--test-reporter=spec", "--test-reporter-destination=stdout"];
const TIMEOUT = "--test-timeout=300000";

/** If more files fail, the cause is not a busy machine. */
const MOST_AGAIN = 5;

/** Stands for the path of an unknown file. */
const UNKNOWN = "";

/**
 * The result of a run.
 *
 * @typedef {object} Outcome
 * @property {number} status Exit status; 0 if all tests passed.
 * @property {string[]} failed The file of each failed test, or UNKNOWN.
 */

/**
 * Returns the paths of all test files from the project's folder. Node 20 finds no .ts files by
 * itself.
 */
export function findTests() {
  return readdirSync(join(root, "test"), { recursive: true, encoding: "utf8" })
    .filter(isTest)
    .sort()
    .map((file) => join("test", file));
}

/**
 * Runs each file in its own process, `atOnce` at a time.
 *
 * @param {string[]} files
 * @param {number} atOnce
 * @returns {Promise<Outcome>}
 */
export async function runEach(files, atOnce) {
  return await runAndNote([`--test-concurrency=${atOnce}`, "--test"], files, "inherit");
}

/**
 * Runs all files in one process, which loads shared modules once; prints the results at the end.
 *
 * @param {string[]} files
 * @returns {Promise<Outcome>}
 */
export async function runTogether(files) {
  return await runAndNote([join("scripts", "load-tests.mjs")], files, "pipe");
}

/**
 * Resolves with the exit status of all runs. Runs files that failed once more, one at a time: on a
 * busy machine of two cores, a test of times may fail because of the load. Prints their names.
 *
 * @param {Promise<Outcome>[]} runs
 */
export async function conclude(runs) {
  const outcomes = await Promise.all(runs);
  const bad = outcomes.filter(({ status }) => status !== 0);
  const failed = [...new Set(bad.flatMap((outcome) => outcome.failed))];
  const isKnown = bad.every((outcome) => outcome.failed.length > 0 && !outcome.failed.includes(UNKNOWN));
  if (bad.length === 0 || !isKnown || failed.length > MOST_AGAIN) return bad[0]?.status ?? 0;
  process.stdout.write(`\nFailed; running each again by itself:\n  ${failed.join("\n  ")}\n\n`);
  const { status } = await runEach(failed, 1);
  if (status === 0) process.stdout.write(`\nPassed only the second time:\n  ${failed.join("\n  ")}\n`);
  return status;
}

/**
 * Runs each file in its own process without a time limit; resolves with the exit status.
 *
 * @param {string[]} files
 * @param {number} atOnce
 * @param {Record<string, string>} env More variables of the environment.
 */
export async function runLong(files, atOnce, env) {
  return await run([...OPTIONS, ...SPEC, `--test-concurrency=${atOnce}`, "--test", ...files], "inherit", env);
}

/**
 * @param {string[]} how
 * @param {string[]} files
 * @param {"inherit" | "pipe"} output
 * @returns {Promise<Outcome>}
 */
async function runAndNote(how, files, output) {
  if (files.length === 0) return { status: 0, failed: [] };
  const folder = mkdtempSync(join(tmpdir(), "stillstream-tests-"));
  const note = join(folder, "failed");
  const noting = ["--test-reporter=./scripts/failed-files.mjs", `--test-reporter-destination=${note}`];
  try {
    const status = await run([...OPTIONS, ...SPEC, ...noting, TIMEOUT, ...how, ...files], output);
    const failures = readFileSync(note, "utf8").split("\n").filter(Boolean);
    return { status, failed: failures.map((failure) => fileOf(JSON.parse(failure), files)) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Returns the file of a failure: the one that Node names, or one in the stack of the error.
 *
 * @param {[file: string, stack: string]} failure
 * @param {string[]} files
 */
function fileOf([said, stack], files) {
  const isIt = (/** @type {string} */ path) => said === path || stack.includes(`${path}:`);
  return files.find((file) => isIt(resolve(root, file))) ?? UNKNOWN;
}

/**
 * @param {string[]} args
 * @param {"inherit" | "pipe"} output
 * @param {Record<string, string>} [env]
 * @returns {Promise<number>}
 */
function run(args, output, env) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd: root,
      stdio: ["inherit", output, "inherit"],
      env: { FUZZ_RUNS: "2000", ...process.env, ...env },
    });
    /** @type {Buffer[]} */
    const said = [];
    child.stdout?.on("data", (/** @type {Buffer} */ chunk) => said.push(chunk));
    child.on("error", reject);
    child.on("close", (status) => {
      process.stdout.write(Buffer.concat(said));
      resolve(status ?? 1);
    });
  });
}

/** @param {string} file */
function isTest(file) {
  // `npm test` runs 2,000 cases of each fuzz test, `npm run fuzz` 100,000.
  return file.endsWith(".test.ts") || file.endsWith(".fuzz.ts");
}
