import { readFile } from "node:fs/promises";
import { Bulkhead } from "./bulkhead.ts";

/** How long the files of the settings may take, in milliseconds: what writes the pipe that `--config` may be has this long. */
const TIMEOUT_MS = 10_000;

/** One at a time: settings, certificates and the state folder may be on a network share, which may hang. */
const files = new Bulkhead({ limit: 1, timeoutMs: TIMEOUT_MS });

/** Reads a file of the settings, as text. Throws as `readFile` does, and a LateError after 10 s. */
export function readSettingsFile(path: string): Promise<string> {
  return files.run(`Reading ${path}`, () => readFile(path, "utf8"));
}

/** Does something else with a file of the settings; `what` is for people. Throws a LateError after 10 s. */
export function withSettingsFile<T>(what: string, call: () => Promise<T>): Promise<T> {
  return files.run(what, call);
}
