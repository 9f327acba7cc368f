// @ts-check
/* Loads compiled test files; their tests run in this process, one after the other. */
import { relative } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { MARK } from "./events.mjs";

for (const file of process.argv.slice(2)) {
  // Node names the file that calls `test`, which may be a helper; the events after this are its.
  test(MARK + relative(process.cwd(), file), () => {});
  await import(pathToFileURL(file).href);
}
