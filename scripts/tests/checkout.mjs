// @ts-check
/*
 * Two runs in one checkout share its build. A run that must build again waits until the others have
 * ended.
 */
import { linkSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const CHECK_MS = 100;

/**
 * Prepares the build for a run, which lasts as long as this process.
 *
 * @param {string} folder for the notes of runs
 * @param {() => boolean} isStale
 * @param {() => void} prepare
 */
export function enterCheckout(folder, isStale, prepare) {
  const runs = join(folder, "runs");
  const lock = join(folder, "lock");
  mkdirSync(runs, { recursive: true });
  waitFor(() => takeLock(lock), "another run that builds");
  try {
    if (isStale()) waitFor(() => pidsIn(runs).filter(isAlive).length === 0, `the runs whose build this is (${runs})`);
    prepare();
    const own = join(runs, String(process.pid));
    writeFileSync(own, "");
    process.on("exit", () => rmSync(own, { force: true }));
  } finally {
    rmSync(lock, { force: true });
  }
}

/**
 * Returns false if another process has the lock.
 *
 * @param {string} lock
 */
function takeLock(lock) {
  const own = `${lock}.${process.pid}`;
  writeFileSync(own, String(process.pid));
  try {
    linkSync(own, lock);
    return true;
  } catch {
    if (!isAlive(ownerOf(lock))) rmSync(lock, { force: true });
    return false;
  } finally {
    rmSync(own);
  }
}

/**
 * Returns the number of the process that has the lock, or 0.
 *
 * @param {string} lock
 */
function ownerOf(lock) {
  try {
    return Number(readFileSync(lock, "utf8"));
  } catch {
    return 0;
  }
}

/** @param {string} folder */
function pidsIn(folder) {
  return readdirSync(folder).map(Number);
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch {
    return false;
  }
}

/**
 * Blocks until a condition holds, and says so if it does not hold at once.
 *
 * @param {() => boolean} condition
 * @param {string} what
 */
function waitFor(condition, what) {
  if (condition()) return;
  process.stderr.write(`Waiting for ${what} …\n`);
  while (!condition()) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, CHECK_MS);
}
