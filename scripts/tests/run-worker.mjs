// @ts-check
import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../setup.mjs";
import { BUILD, FAKECAM } from "./compile.mjs";
import { endAll, endLeft, RUN_ID } from "./leftovers.mjs";

/**
 * If no test begins or ends for longer, the one that has begun hangs. Node's own time limit ends no
 * test that blocks its process, and in Node 20 none that runs without `--test`.
 */
const MAX_SILENCE_MS = 180_000;

/** How long what a test has started may take to end after its process. */
const MAX_END_MS = 10_000;

const CHECK_MS = 500;

const SCRIPTS = "./scripts/tests";

/**
 * @typedef {import("./events.mjs").Note} Note
 * @typedef {import("node:stream").Readable} Readable
 * @typedef {import("node:child_process").ChildProcessByStdio<null, Readable, Readable>} Child
 *
 * @typedef {object} RunOptions
 * @property {Record<string, string>} [env] More variables of the environment.
 * @property {string | undefined} [only] Runs the tests whose names match this pattern.
 * @property {boolean} [isLong] Prints what the tests print, and sets them no time limit.
 * @property {number} [maxSilenceMs]
 * @property {number} [maxEndMs]
 *
 * @typedef {object} Ran
 * @property {Note[]} notes
 * @property {string} output
 * @property {string} ended How the process ended.
 * @property {string} [stopped] Why it was ended.
 * @property {string[]} left Processes that it had started, and that went on after it.
 */

/** Folders of processes that run now. @type {Set<string>} */
const folders = new Set();

let started = 0;

/**
 * Runs compiled test files in a process with its own folder of temporary files. When it has ended,
 * all processes that it started have ended too.
 *
 * @param {readonly string[]} files
 * @param {RunOptions} options
 * @returns {Promise<Ran>}
 */
export async function runWorker(files, options) {
  const folder = mkdtempSync(join(tmpdir(), "stillstream-tests-"));
  folders.add(folder);
  const temporary = join(folder, "tmp");
  mkdirSync(temporary);
  // Some tests run a program as another user.
  chmodSync(folder, 0o755);
  chmodSync(temporary, 0o1777);
  const path = join(folder, "notes");
  writeFileSync(path, "");
  const id = `${RUN_ID}.${++started},`;
  const ids = `${process.env["STILLSTREAM_TEST_RUN"] ?? ""}${id}`;
  try {
    const child = spawn(process.execPath, argumentsOf(path, files, options), {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...{ FUZZ_RUNS: "2000", ...process.env, TMPDIR: temporary, ...options.env, STILLSTREAM_TEST_RUN: ids },
        ...(hasCameras(files) && { LD_PRELOAD: FAKECAM }),
      },
    });
    const ran = await watch(child, path, id, options);
    return { ...ran, notes: notesIn(path) };
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
    folders.delete(folder);
  }
}

/** Ends all processes at once, and removes their files: for a run that is interrupted. */
export function stopWorkers() {
  endAll(RUN_ID);
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
}

/**
 * @param {string} path of the notes
 * @param {readonly string[]} files
 * @param {RunOptions} options
 */
function argumentsOf(path, files, { only }) {
  return [
    "--enable-source-maps",
    `--test-reporter=${SCRIPTS}/events.mjs`,
    "--test-reporter-destination=stdout",
    ...(only === undefined ? [] : [`--test-name-pattern=/^file: |${only}/`]),
    `${SCRIPTS}/worker.mjs`,
    path,
    ...files,
  ];
}

/**
 * Returns whether tests may have emulated cameras in their own process
 * (test/support/cameras/fakecam.ts).
 *
 * @param {readonly string[]} files
 */
function hasCameras(files) {
  return files.every((file) => file.startsWith(join(BUILD, "test", "drivers"))) && existsSync(FAKECAM);
}

/**
 * Resolves when a worker and all that it started have ended.
 *
 * @param {Child} child
 * @param {string} path of its notes
 * @param {string} id
 * @param {RunOptions} options
 * @returns {Promise<Omit<Ran, "notes">>}
 */
async function watch(child, path, id, { isLong, maxSilenceMs = MAX_SILENCE_MS, maxEndMs = MAX_END_MS }) {
  /** @type {Buffer[]} */
  const output = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => void (isLong ? process.stdout.write(chunk) : output.push(chunk)));
  }
  const closed = new Promise((resolve) => child.once("close", resolve));
  /** @type {{ stopped?: string }} */
  const stop = {};
  const timer = setInterval(() => {
    if (isLong || Date.now() - statSync(path).mtimeMs < maxSilenceMs) return;
    stop.stopped = `No test began or ended for ${maxSilenceMs / 1000} s, so the process was killed.`;
    child.kill("SIGKILL");
  }, CHECK_MS);
  const ended = await new Promise((/** @type {(how: string) => void} */ resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (status, signal) => resolve(signal ?? `status ${status}`));
  });
  clearInterval(timer);
  const left = await endLeft(id, stop.stopped === undefined ? maxEndMs : 0);
  // A process with another environment is not found, and may hold the output open.
  const destroy = setTimeout(() => {
    left.push("a process that holds the output");
    for (const stream of [child.stdout, child.stderr]) stream.destroy();
  }, maxEndMs);
  await closed;
  clearTimeout(destroy);
  return { output: Buffer.concat(output).toString(), ended, ...stop, left };
}

/**
 * @param {string} path
 * @returns {Note[]}
 */
function notesIn(path) {
  const lines = readFileSync(path, "utf8").split("\n");
  return lines.filter((line) => line.endsWith("}")).map((line) => JSON.parse(line));
}
