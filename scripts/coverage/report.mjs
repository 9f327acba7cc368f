// @ts-check
import { dirname } from "node:path";

/** @typedef {import("./points.mjs").Point} Point */

/**
 * What the tests do not reach in a file.
 *
 * @typedef {object} Measured
 * @property {string} file
 * @property {number} lines with a statement
 * @property {number} branches
 * @property {number[]} missedLines
 * @property {number[]} missedBranches The line of each.
 */

/**
 * @param {readonly Point[]} points
 * @param {Float64Array | undefined} counts undefined if no process has loaded the file
 * @returns {Omit<Measured, "file">}
 */
export function missedIn(points, counts) {
  const count = (/** @type {number} */ at) => counts?.[at] ?? 0;
  /** @param {Point} point */
  const isReached = ({ at, less }) => count(at) - (less === undefined ? 0 : count(less)) > 0;
  const statements = points.filter(({ kind }) => kind === "statement");
  const branches = points.filter(({ kind }) => kind === "branch");
  const lines = new Set(statements.map(({ line }) => line));
  const reached = new Set(statements.filter(isReached).map(({ line }) => line));
  return {
    lines: lines.size,
    branches: branches.length,
    missedLines: [...lines].filter((line) => !reached.has(line)).sort((a, b) => a - b),
    missedBranches: branches
      .filter((point) => !isReached(point))
      .map(({ line }) => line)
      .sort((a, b) => a - b),
  };
}

/**
 * Returns the shares that are reached, of all files, of each folder, and what is left of each file.
 *
 * @param {readonly Measured[]} files
 */
export function coverageText(files) {
  const folders = new Map(
    files.map(({ file }) => [dirname(file), files.filter((one) => dirname(one.file) === dirname(file))]),
  );
  return [
    "Not reached: lines, and lines with a branch",
    ...files.flatMap(gapsOf),
    "",
    "Lines and branches reached",
    ...[...folders].map(([folder, own]) => shareText(folder, own)),
    shareText("all", files),
    "",
  ].join("\n");
}

/**
 * Returns the share of lines and branches that are reached.
 *
 * @param {readonly Measured[]} files
 */
export function shares(files) {
  const lines = files.reduce((all, file) => all + file.lines, 0);
  const missedLines = files.reduce((all, file) => all + file.missedLines.length, 0);
  const branches = files.reduce((all, file) => all + file.branches, 0);
  const missedBranches = files.reduce((all, file) => all + file.missedBranches.length, 0);
  return {
    lines: lines === 0 ? 1 : 1 - missedLines / lines,
    branches: branches === 0 ? 1 : 1 - missedBranches / branches,
  };
}

/**
 * @param {string} name
 * @param {readonly Measured[]} files
 */
function shareText(name, files) {
  const { lines, branches } = shares(files);
  const percent = (/** @type {number} */ share) => `${(share * 100).toFixed(1).padStart(6)} %`;
  return `${percent(lines)} ${percent(branches)}  ${name}`;
}

/** @param {Measured} file */
function gapsOf({ file, missedLines, missedBranches }) {
  const only = [...new Set(missedBranches)].filter((line) => !missedLines.includes(line));
  if (missedLines.length === 0 && only.length === 0) return [];
  return [`  ${file}: ${linesText(missedLines)} | ${linesText(only)}`];
}

/**
 * Returns numbers as text, such as `3 7-9`.
 *
 * @param {readonly number[]} lines in order
 */
function linesText(lines) {
  /** @type {[first: number, last: number][]} */
  const ranges = [];
  for (const line of lines) {
    const range = ranges.at(-1);
    if (range?.[1] === line - 1) range[1] = line;
    else ranges.push([line, line]);
  }
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(" ") || "-";
}
