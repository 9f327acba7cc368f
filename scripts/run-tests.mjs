// @ts-check
/* Finds the tests' files, and runs them by Node's own runner. */
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "./setup.mjs";

const OPTIONS = ["--import", "tsx", "--test-reporter=spec"];
const TIMEOUT = "--test-timeout=300000";

/** Paths of all tests below test/, from the project's folder. Node 20 finds no .ts files by itself. */
export function findTests() {
  return readdirSync(join(root, "test"), { recursive: true, encoding: "utf8" })
    .filter(isTest)
    .sort()
    .map((file) => join("test", file));
}

/**
 * Runs each file in a process of its own, so many at a time; resolves with the exit status.
 *
 * @param {string[]} files
 * @param {number} atOnce
 */
export async function runEach(files, atOnce) {
  return files.length === 0
    ? 0
    : await run([...OPTIONS, TIMEOUT, `--test-concurrency=${atOnce}`, "--test", ...files], "inherit");
}

/**
 * Runs all files in one process, which loads what they share once; tells of it when it is done. Resolves with the exit status.
 *
 * @param {string[]} files
 */
export async function runTogether(files) {
  return files.length === 0 ? 0 : await run([...OPTIONS, TIMEOUT, join("scripts", "load-tests.mjs"), ...files], "pipe");
}

/**
 * The same for what takes as long as it takes; resolves with the exit status.
 *
 * @param {string[]} files
 * @param {number} atOnce
 * @param {Record<string, string>} env What is set for them beside what is.
 */
export async function runLong(files, atOnce, env) {
  return await run([...OPTIONS, `--test-concurrency=${atOnce}`, "--test", ...files], "inherit", env);
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
