// @ts-check
import { openSync, writeSync } from "node:fs";
import { inspect } from "node:util";

/** Starts the name of the test that comes before those of a file. */
export const MARK = "file: ";

/** The name of the test after all others. */
export const END = "file: the end";

/**
 * The end of a test.
 *
 * @typedef {object} Result
 * @property {string} file From the project's folder.
 * @property {string} name With the names of the tests that contain it.
 * @property {number} ms
 * @property {"passed" | "failed" | "skipped"} result
 * @property {string} [why] The error, or the reason to skip.
 * @property {string[]} [notes] What the test reported by `t.diagnostic`.
 */

/**
 * What a worker tells: it loads a file, a test has begun or ended, an error or warning belongs to
 * no test, nothing can settle the promise of the test that has begun, what keeps the process from
 * ending, all is over.
 *
 * @typedef {{ type: "loading", file: string }
 *   | { type: "begin", file: string, name: string }
 *   | { type: "end", result: Result }
 *   | { type: "stray", file: string, why: string }
 *   | { type: "starved" }
 *   | { type: "open", what: string[] }
 *   | { type: "over" }} Note
 */

/** The file of notes; undefined in other processes than a worker. */
let notes = /** @type {number | undefined} */ (undefined);

/**
 * Writes a note at once, so that none is lost if the process is killed.
 *
 * @param {Note} line
 */
export function note(line) {
  notes ??= openSync(process.argv[2] ?? "", "a");
  writeSync(notes, `${JSON.stringify(line)}\n`);
}

/**
 * @typedef {{ failureType?: string, cause?: unknown }} Failure
 * @typedef {object} Data
 * @property {string} name
 * @property {number} nesting
 * @property {string | boolean} [skip]
 * @property {string} [message]
 * @property {{ duration_ms: number, type?: string, error?: Failure }} [details]
 * @typedef {{ type: string, data: Data }} TestEvent
 */

/** How Node 20 marks the tests that `--test-name-pattern` leaves out. Newer ones report none. */
const LEFT_OUT = "test name does not match pattern";

/** The numbers that Node reports at the end. */
const NUMBERS = /^(?:tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [\d.]+$/;

/** The events that begin or end a test. The diagnostics of a test follow its end. */
const BOUNDS = ["test:start", "test:pass", "test:fail", "test:plan"];

/**
 * Reports to Node's test runner: writes a note for the end of each test. Suites, and tests that
 * failed only because of a test in them, are left out.
 *
 * @param {AsyncIterable<TestEvent>} events
 */
// biome-ignore lint/style/noDefaultExport: Node takes a reporter from there
export default async function* report(events) {
  let file = "";
  /** @type {string[]} */
  const names = [];
  /** @type {Result | undefined} */
  let last;
  for await (const event of events) {
    const { name, nesting, message = "" } = event.data;
    if (event.type === "test:diagnostic") noteDiagnostic(message, last);
    if (!BOUNDS.includes(event.type)) continue;
    if (last !== undefined) note({ type: "end", result: last });
    if (isStarved(event)) return note({ type: "starved" });
    if (isMark(event) && name !== END) file = name.slice(MARK.length);
    if (event.type === "test:start") names.splice(nesting, names.length, name);
    last = resultOf(event, file, names);
  }
  if (last !== undefined) note({ type: "end", result: last });
  note({ type: "over" });
  yield "";
}

/**
 * Returns true for a test that waits while nothing can happen any more. Node then ends this and all
 * tests after it as failed.
 *
 * @param {TestEvent} event
 */
function isStarved({ type, data: { nesting, details } }) {
  return type === "test:fail" && nesting === 0 && details?.error?.failureType === "cancelledByParent";
}

/**
 * Adds a diagnostic to the test that has just ended. Others are warnings: errors after the end of a
 * test.
 *
 * @param {string} message
 * @param {Result | undefined} last
 */
function noteDiagnostic(message, last) {
  if (last !== undefined) last.notes = [...(last.notes ?? []), message];
  else if (!NUMBERS.test(message)) note({ type: "stray", file: "", why: message });
}

/** @param {TestEvent} event */
function isMark({ data: { name, nesting } }) {
  return nesting === 0 && name?.startsWith(MARK) === true;
}

/**
 * Returns the result if a test has ended. Of the marks, only those of files that cannot be loaded
 * are tests.
 *
 * @param {TestEvent} event
 * @param {string} file
 * @param {readonly string[]} names of the tests around it
 * @returns {Result | undefined}
 */
function resultOf(event, file, names) {
  const { type, data } = event;
  if (data.name === END) return;
  if (isMark(event)) return type === "test:fail" ? { ...endOf(event), file, name: "it loads" } : undefined;
  return isEnd(event)
    ? { ...endOf(event), file, name: [...names.slice(0, data.nesting), data.name].join(" › ") }
    : undefined;
}

/** @param {TestEvent} event */
function isEnd({ type, data: { skip, details } }) {
  if (type === "test:fail") return details?.error?.failureType !== "subtestsFailed";
  const isSuite = details?.type === "suite";
  return type === "test:pass" && skip !== LEFT_OUT && !(isSuite && !isSkip(skip));
}

/** @param {string | boolean | undefined} skip */
function isSkip(skip) {
  return skip !== undefined && skip !== false;
}

/**
 * @param {TestEvent} event
 * @returns {Pick<Result, "ms" | "result" | "why">}
 */
function endOf({ type, data: { skip, details } }) {
  const error = details?.error;
  const why = error === undefined ? skip : inspect(error.cause ?? error);
  return {
    ms: details?.duration_ms ?? 0,
    result: type === "test:fail" ? "failed" : isSkip(skip) ? "skipped" : "passed",
    ...(typeof why === "string" && { why }),
  };
}
