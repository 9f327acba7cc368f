// @ts-check

/**
 * A reporter for Node's test runner: the file of each test that failed, a line each.
 *
 * @param {AsyncIterable<{ type: string, data: { file?: string } }>} events
 */
// biome-ignore lint/style/noDefaultExport: Node takes a reporter from there
export default async function* failedFiles(events) {
  for await (const { type, data } of events) {
    if (type === "test:fail" && data.file !== undefined) yield `${data.file}\n`;
  }
}
