// @ts-check
import { isFailed } from "./run-group.mjs";

/** @typedef {import("./events.mjs").Result} Result */

const SLOWEST = 10;

/**
 * Returns the end of a run as text: what was skipped, the slowest tests, what failed, and the
 * numbers.
 *
 * @param {readonly Result[]} results
 * @param {number} seconds
 */
export function summary(results, seconds) {
  const slowest = [...results].sort((a, b) => b.ms - a.ms).slice(0, SLOWEST);
  const skipped = results.filter(isSkipped);
  const failed = results.filter(isFailed);
  const passed = results.length - skipped.length - failed.length;
  return [
    ...section(
      "Skipped",
      skipped.map((one) => `${titleOf(one)}: ${one.why ?? "no reason given"}`),
    ),
    ...section(
      "Slowest",
      slowest.map((one) => `${(one.ms / 1000).toFixed(1).padStart(6)} s  ${titleOf(one)}`),
    ),
    ...section("Failed", failed.map(titleOf)),
    `Total: ${seconds.toFixed(0)} s`,
    `${passed} passed, ${failed.length} failed, ${skipped.length} skipped`,
    "",
  ].join("\n");
}

/**
 * Returns the results in the format of JUnit, which CI servers read
 * (https://github.com/testmoapp/junitxml).
 *
 * @param {readonly Result[]} results
 * @param {number} seconds
 */
export function junit(results, seconds) {
  const files = new Map(results.map(({ file }) => [file, results.filter((one) => one.file === file)]));
  const suites = [...files].map(([file, own]) =>
    [
      `  <testsuite name="${escapeAttribute(file)}" ${counts(own, sum(own) / 1000)}>`,
      ...own.map(testcase),
      "  </testsuite>",
    ].join("\n"),
  );
  return [
    '<?xml version="1.0" encoding="utf-8"?>',
    `<testsuites ${counts(results, seconds)}>`,
    ...suites,
    "</testsuites>",
    "",
  ].join("\n");
}

/**
 * Returns a line about the tests of a file.
 *
 * @param {string} file
 * @param {readonly Result[]} results
 */
export function fileText(file, results) {
  const tests = results.length === 1 ? "1 test" : `${results.length} tests`;
  return `${results.some(isFailed) ? "✖" : "✔"} ${file}: ${tests}, ${(sum(results) / 1000).toFixed(1)} s\n`;
}

/**
 * Returns the error of a test, and what it reported.
 *
 * @param {Result} result
 */
export function failureText(result) {
  const lines = [...(isFailed(result) ? [result.why ?? ""] : []), ...(result.notes ?? [])];
  return `${isFailed(result) ? "✖" : "·"} ${titleOf(result)}\n${lines.join("\n").replace(/^/gm, "  ")}\n`;
}

/** @param {Result} result */
function titleOf({ file, name }) {
  return `${file}: ${name}`;
}

/**
 * @param {string} title
 * @param {readonly string[]} lines
 */
function section(title, lines) {
  return lines.length === 0 ? [] : [`${title}:`, ...lines.map((line) => `  ${line}`), ""];
}

/**
 * @param {readonly Result[]} results
 * @param {number} seconds
 */
function counts(results, seconds) {
  const failed = results.filter(isFailed).length;
  const skipped = results.filter(isSkipped).length;
  const numbers = `tests="${results.length}" failures="${failed}" skipped="${skipped}"`;
  return `${numbers} time="${seconds.toFixed(3)}"`;
}

/** @param {Result} result */
function isSkipped({ result }) {
  return result === "skipped";
}

/** @param {readonly Result[]} results */
function sum(results) {
  return results.reduce((all, { ms }) => all + ms, 0);
}

/** @param {Result} result */
function testcase({ file, name, ms, result, why = "", notes = [] }) {
  const start = `    <testcase classname="${escapeAttribute(file)}" name="${escapeAttribute(name)}" time="${(ms / 1000).toFixed(3)}"`;
  if (result === "passed") return `${start}/>`;
  if (result === "skipped") return `${start}><skipped message="${escapeAttribute(why)}"/></testcase>`;
  const [first = ""] = why.split("\n");
  const all = [why, ...notes].join("\n");
  return `${start}><failure message="${escapeAttribute(first)}">${escapeXml(all)}</failure></testcase>`;
}

/** @type {Record<string, string>} */
const ESCAPES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** @param {string} text */
function escapeAttribute(text) {
  return escapeXml(text).replace(/[\t\n\r]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** @param {string} text */
function escapeXml(text) {
  return text
    .replace(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, "\u{fffd}")
    .replace(/[&<>"]/g, (sign) => ESCAPES[sign] ?? sign);
}
