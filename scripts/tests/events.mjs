// @ts-check
import { inspect } from "node:util";

/** Starts the name of the test that comes before those of a file. */
export const MARK = "file: ";

/**
 * The end of a test.
 *
 * @typedef {object} Result
 * @property {string} file Compiled, from the project's folder.
 * @property {string} name With the names of the tests that contain it.
 * @property {number} ms
 * @property {"passed" | "failed" | "skipped"} result
 * @property {string} [why] The error, or the reason to skip.
 */

/**
 * @typedef {{ failureType?: string, cause?: unknown }} Failure
 * @typedef {object} Data
 * @property {string} name
 * @property {number} nesting
 * @property {string | boolean} [skip]
 * @property {{ duration_ms: number, type?: string, error?: Failure }} [details]
 * @typedef {{ type: string, data: Data }} TestEvent
 */

/**
 * Reports the end of each test to Node's test runner, as a line of JSON: a `Result`. Suites, and
 * tests that failed only because of a test in them, are left out.
 *
 * @param {AsyncIterable<TestEvent>} events
 */
// biome-ignore lint/style/noDefaultExport: Node takes a reporter from there
export default async function* report(events) {
  let file = "";
  /** @type {string[]} */
  const names = [];
  for await (const event of events) {
    const { name, nesting } = event.data;
    if (event.type === "test:start") names.splice(nesting, names.length, name);
    if (!isEnd(event)) continue;
    if (nesting === 0 && name.startsWith(MARK)) file = name.slice(MARK.length);
    else yield `${JSON.stringify({ file, ...resultOf(event, names) })}\n`;
  }
}

/** @param {TestEvent} event */
function isEnd({ type, data: { details } }) {
  if (type !== "test:pass" && type !== "test:fail") return false;
  return details?.type !== "suite" && details?.error?.failureType !== "subtestsFailed";
}

/**
 * @param {TestEvent} event
 * @param {readonly string[]} names of the tests around it
 * @returns {Omit<Result, "file">}
 */
function resultOf({ type, data: { name, nesting, skip, details } }, names) {
  const isSkipped = skip !== undefined && skip !== false;
  const error = details?.error;
  const why = error === undefined ? skip : inspect(error.cause ?? error);
  return {
    name: [...names.slice(0, nesting), name].join(" › "),
    ms: details?.duration_ms ?? 0,
    result: type === "test:fail" ? "failed" : isSkipped ? "skipped" : "passed",
    ...(typeof why === "string" && { why }),
  };
}
