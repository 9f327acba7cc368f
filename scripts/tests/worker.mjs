// @ts-check
/*
 * Loads compiled test files, then runs their tests, one after the other. Arguments: the file of
 * notes, the test files.
 */
import { beforeEach, test } from "node:test";
import { pathToFileURL } from "node:url";
import { END, MARK, note } from "./events.mjs";

/** How long the process may take to end after its last test before it tells what is open. */
const END_MS = 2000;

const files = process.argv.slice(3);
let file = "";
/** @type {() => void} */
let start = () => {};
const started = new Promise((/** @type {(value?: undefined) => void} */ resolve) => {
  start = resolve;
});

process.on("warning", ({ name, stack = name }) => {
  // Node 20 itself adds a listener for each hook of a suite.
  const isOurs = !stack.includes("at stopTest (node:internal/test_runner") && name === "MaxListenersExceededWarning";
  if (isOurs) note({ type: "stray", file, why: stack });
});
// The reporter hears of a test too late if the test blocks the process.
beforeEach((t) => {
  const { name } = /** @type {{ name: string }} */ (t);
  const isMark = name.startsWith(MARK);
  if (name === END) return;
  if (isMark) file = name.slice(MARK.length);
  note({ type: "begin", file, name: isMark ? "it loads" : name });
});

for (const path of files) {
  note({ type: "loading", file: path });
  const loaded = import(pathToFileURL(path).href);
  // Node names the file that calls `test`, which may be a helper: the events after this are its.
  // No test may begin while modules load: it may have its own time.
  test(MARK + path, { timeout: Number.POSITIVE_INFINITY }, () => started.then(() => loaded));
  await loaded.catch(() => {});
}
test(END, () => {
  note({ type: "begin", file: files.at(-1) ?? "", name: "its process ends" });
  setTimeout(() => note({ type: "open", what: process.getActiveResourcesInfo() }), END_MS).unref();
});
start();
