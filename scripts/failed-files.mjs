// @ts-check

/** @typedef {{ failureType?: string, stack?: string, cause?: { stack?: string } }} Failure */

/**
 * Reports each failed test to Node's test runner as a line of JSON: the file according to Node, and
 * the stack of the error. Tests that only contain a failed one are left out. If a helper defines a
 * test, Node names the helper's file, and only the stack shows the real one.
 *
 * @param {AsyncIterable<{ type: string, data: { file?: string, details?: { error?: Failure } } }>}
 * events
 */
// biome-ignore lint/style/noDefaultExport: Node takes a reporter from there
export default async function* failedFiles(events) {
  for await (const { type, data } of events) {
    const { file, details: { error } = {} } = data;
    if (type !== "test:fail" || file === undefined || error?.failureType === "subtestsFailed") continue;
    yield `${JSON.stringify([file, error?.cause?.stack ?? error?.stack ?? ""])}\n`;
  }
}
