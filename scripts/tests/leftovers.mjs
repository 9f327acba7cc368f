// @ts-check
/*
 * Finds the processes that tests have started by a variable of their environment, which they
 * inherit. The tree of processes would miss those whose parent has ended. Only on Linux.
 */
import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** In the environment of all processes of this run. */
export const RUN_ID = randomUUID();

const CHECK_MS = 25;

/** Rounds in which all processes are killed: a killed one may just have started another. */
const ROUNDS = 200;

/**
 * Waits until the processes with an id have ended; kills those that do not in time. Returns their
 * names, but none if they have no time.
 *
 * @param {string} id
 * @param {number} maxMs
 */
export async function endLeft(id, maxMs) {
  const end = performance.now() + maxMs;
  let left = processesWith(id);
  while (left.length > 0 && performance.now() < end) {
    await sleep(CHECK_MS);
    left = processesWith(id);
  }
  endAll(id);
  return maxMs > 0 ? left.map(({ pid, command }) => `${command} (${pid})`) : [];
}

/**
 * Kills all processes with an id.
 *
 * @param {string} id
 */
export function endAll(id) {
  for (let round = 0; round < ROUNDS; round++) {
    const left = processesWith(id);
    if (left.length === 0) return;
    for (const { pid } of left) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It has ended.
      }
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, CHECK_MS);
  }
}

/** @param {string} id */
function processesWith(id) {
  if (process.platform !== "linux") return [];
  const numbers = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return numbers.flatMap((number) => {
    try {
      if (!readFileSync(`/proc/${number}/environ`, "latin1").includes(id)) return [];
      const command = readFileSync(`/proc/${number}/cmdline`, "utf8").split("\0").slice(0, 3).join(" ").trim();
      return [{ pid: Number(number), command }];
    } catch {
      // It has ended, or belongs to somebody else.
      return [];
    }
  });
}
