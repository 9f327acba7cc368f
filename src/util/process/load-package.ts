import { closeSync, openSync } from "node:fs";
import { devNull } from "node:os";

/**
 * How many files may be open while a package of many modules is loaded, which are opened at a time: sharp 0.35 was loaded with 10
 * descriptors to spare, and not with one (2026-11-30, Node 20).
 */
const DESCRIPTORS = 32;

/**
 * Loads a package of many modules when it is first needed, by an `import` of it. Node.js keeps a failed import as failed until the process ends, so
 * without enough descriptors nothing is imported, and a later call may succeed.
 * @throws the system's error, such as EMFILE, while there are not enough.
 */
export async function loadPackage<T>(load: () => Promise<T>): Promise<T> {
  const opened: number[] = [];
  try {
    while (opened.length < DESCRIPTORS) opened.push(openSync(devNull, "r"));
  } finally {
    for (const fd of opened) closeSync(fd);
  }
  return await load();
}
