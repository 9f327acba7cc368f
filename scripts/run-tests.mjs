// @ts-check
/* Finds the tests' files, and runs them by Node's own runner. */
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { root } from "./setup.mjs";

const OPTIONS = ["--import", "tsx"];
const SPEC = ["--test-reporter=spec", "--test-reporter-destination=stdout"];
const TIMEOUT = "--test-timeout=300000";

/** More files than this that fail are no matter of a busy machine. */
const MOST_AGAIN = 5;

/** In place of a file's path where that is not known. */
const UNKNOWN = "";

/**
 * What came of a run.
 *
 * @typedef {object} Outcome
 * @property {number} status Of its process; 0 when all is well.
 * @property {string[]} failed The file of each test that failed, or UNKNOWN.
 */

/** Paths of all tests below test/, from the project's folder. Node 20 finds no .ts files by itself. */
export function findTests() {
  return readdirSync(join(root, "test"), { recursive: true, encoding: "utf8" })
    .filter(isTest)
    .sort()
    .map((file) => join("test", file));
}

/**
 * Runs each file in a process of its own, so many at a time.
 *
 * @param {string[]} files
 * @param {number} atOnce
 * @returns {Promise<Outcome>}
 */
export async function runEach(files, atOnce) {
  return await runAndNote([`--test-concurrency=${atOnce}`, "--test"], files, "inherit");
}

/**
 * Runs all files in one process, which loads what they share once; tells of it when it is done.
 *
 * @param {string[]} files
 * @returns {Promise<Outcome>}
 */
export async function runTogether(files) {
  return await runAndNote([join("scripts", "load-tests.mjs")], files, "pipe");
}

/**
 * Resolves with the exit status of all these. Files that failed run once more, one at a time and with nothing beside: on a machine of two
 * cores that others use as well, a test of times may fail for what it shares them with. It is said which they were.
 *
 * @param {Promise<Outcome>[]} runs
 */
export async function conclude(runs) {
  const outcomes = await Promise.all(runs);
  const bad = outcomes.filter(({ status }) => status !== 0);
  const failed = [...new Set(bad.flatMap((outcome) => outcome.failed))];
  const isKnown = bad.every((outcome) => outcome.failed.length > 0 && !outcome.failed.includes(UNKNOWN));
  if (bad.length === 0 || !isKnown || failed.length > MOST_AGAIN) return bad[0]?.status ?? 0;
  process.stdout.write(`\nFailed, and run once more, each by itself:\n  ${failed.join("\n  ")}\n\n`);
  const { status } = await runEach(failed, 1);
  if (status === 0) process.stdout.write(`\nPassed only the second time:\n  ${failed.join("\n  ")}\n`);
  return status;
}

/**
 * Runs each file in a process of its own, and lets it take as long as it takes; resolves with the exit status.
 *
 * @param {string[]} files
 * @param {number} atOnce
 * @param {Record<string, string>} env What is set for them beside what is.
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
 * Whose a failure is: of the file that Node says, or that its error came through.
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
  // Of the fuzz tests 2,000 cases each; `npm run fuzz` runs them at length.
  return file.endsWith(".test.ts") || file.endsWith(".fuzz.ts");
}
