// @ts-check
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * How often each function and block of a script ran, as V8 writes it
 * (https://chromedevtools.github.io/devtools-protocol/tot/Profiler/#type-ScriptCoverage). Of two
 * ranges, the inner one is right.
 *
 * @typedef {{ startOffset: number, endOffset: number, count: number }} Range
 * @typedef {{ url: string, functions: { ranges: Range[] }[] }} ScriptCoverage
 */

/**
 * Adds up how often each character of compiled files ran, in all processes that wrote their
 * coverage to a folder. Files that no process has loaded are left out.
 *
 * @param {string} folder
 * @param {(url: string) => string | undefined} fileOf the name of a script that counts
 * @param {(file: string) => number} lengthOf
 * @returns {Map<string, Float64Array>}
 */
export function countsIn(folder, fileOf, lengthOf) {
  /** @type {Map<string, Float64Array>} */
  const counts = new Map();
  for (const name of readdirSync(folder)) {
    for (const { url, functions } of scriptsIn(join(folder, name))) {
      const file = fileOf(url);
      if (file === undefined) continue;
      const sums = counts.get(file) ?? new Float64Array(lengthOf(file));
      counts.set(file, sums);
      const own = new Float64Array(sums.length);
      const ranges = functions.flatMap((one) => one.ranges);
      ranges.sort((a, b) => a.startOffset - b.startOffset || b.endOffset - a.endOffset);
      for (const { startOffset, endOffset, count } of ranges) own.fill(count, startOffset, endOffset);
      for (let index = 0; index < own.length; index++) sums[index] = (sums[index] ?? 0) + (own[index] ?? 0);
    }
  }
  return counts;
}

/**
 * Returns what a process wrote: nothing if it was killed while it did.
 *
 * @param {string} path
 * @returns {ScriptCoverage[]}
 */
function scriptsIn(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8")).result;
  } catch {
    return [];
  }
}
