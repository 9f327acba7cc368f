// @ts-check

/** @typedef {{ failureType?: string, stack?: string, cause?: { stack?: string } }} Failure */

/**
 * A reporter for Node's test runner: for each test that failed, and not for those around it, a line of JSON, which is the file that Node says it is in and the
 * stack of its error. What a helper defines is said to be in the helper's file, and only the stack tells whose it is.
 *
 * @param {AsyncIterable<{ type: string, data: { file?: string, details?: { error?: Failure } } }>} events
 */
// biome-ignore lint/style/noDefaultExport: Node takes a reporter from there
export default async function* failedFiles(events) {
  for await (const { type, data } of events) {
    const { file, details: { error } = {} } = data;
    if (type !== "test:fail" || file === undefined || error?.failureType === "subtestsFailed") continue;
    yield `${JSON.stringify([file, error?.cause?.stack ?? error?.stack ?? ""])}\n`;
  }
}
