// @ts-check
/*
 * `npm run verify`: runs all that a change must pass, the checks of the sources beside the tests.
 * Their errors are printed when they end, and their names once more at the end.
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { installDependencies, root } from "./setup.mjs";

const CHECKS = ["check", "types", "unused"];

const npm = process.platform === "win32" ? "npm.cmd" : "npm";
const options = { cwd: root, shell: process.platform === "win32" };

installDependencies();
const tests = spawn(process.execPath, [join("scripts", "test.mjs"), "--again"], { cwd: root, stdio: "inherit" });
const tested = new Promise((resolve) => tests.once("close", (status) => resolve(status ?? 1)));
let isStopped = false;
for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
  // The tests end what they have started; this process ends after them.
  process.on(signal, () => {
    isStopped = true;
    tests.kill(signal);
  });
}

/** @type {string[]} */
const failed = [];
for (const name of CHECKS) {
  if (isStopped) break;
  const start = performance.now();
  const { status, output } = await runCheck(name);
  if (status !== 0) failed.push(name);
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  process.stdout.write(`${status === 0 ? "✔" : "✖"} npm run ${name}: ${seconds} s\n${status === 0 ? "" : output}`);
}
const status = await tested;
if (failed.length > 0) process.stdout.write(`Failed: ${failed.map((name) => `npm run ${name}`).join(", ")}\n`);
process.exit(status || (failed.length > 0 ? 1 : 0));

/**
 * Runs a script of package.json; resolves with its exit status and output.
 *
 * @param {string} name
 * @returns {Promise<{ status: number, output: string }>}
 */
function runCheck(name) {
  return new Promise((resolve, reject) => {
    const child = spawn(npm, ["run", "--silent", name], { ...options, stdio: ["ignore", "pipe", "pipe"] });
    /** @type {Buffer[]} */
    const output = [];
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => void output.push(chunk));
    child.once("error", reject);
    child.once("close", (status) => resolve({ status: status ?? 1, output: Buffer.concat(output).toString() }));
  });
}
