import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { Bulkhead } from "../bulkhead.ts";
import { mountOf } from "./mounts.ts";

/** How long the files of the settings may take, in milliseconds: what writes the pipe that `--config` may be has this long. */
const TIMEOUT_MS = 10_000;

/** The longest such file, in bytes. */
const MAX_BYTES = 16 * 1024 * 1024;

/** One at a time: settings, certificates and the state folder may be on a network share, which may hang. */
const files = new Bulkhead({ limit: 1, timeoutMs: TIMEOUT_MS });

/** Reads a file of the settings, as text. Throws as `readFile` does, and a LateError after 10 s. */
export function readSettingsFile(path: string): Promise<string> {
  return files.run(`Reading ${path}`, () => read(path));
}

/** Does something else with a file of the settings; `what` is for people. Throws a LateError after 10 s. */
export function withSettingsFile<T>(what: string, call: () => Promise<T>): Promise<T> {
  return files.run(what, call);
}

/** On a disk or share of its own by a program: a thread that hangs in the kernel keeps this process from ending. */
async function read(path: string): Promise<string> {
  if (process.platform === "win32" || mountOf(resolve(path)) === undefined) return await readFile(path, "utf8");
  return await new Promise((done, fail) => {
    const options = { maxBuffer: MAX_BYTES, env: { PATH: process.env["PATH"], LC_ALL: "C" } };
    execFile("cat", ["--", path], options, (error, text, complaint) => {
      if (error === null) done(text);
      else fail(Object.assign(new Error(complaint.trim() || error.message), { code: codeOf(complaint) }));
    });
  });
}

/** The system's code for what `cat` complains of (strerror(3)). */
function codeOf(complaint: string): string {
  const [, code = "EIO"] = REASONS.find(([words]) => complaint.includes(words)) ?? [];
  return code;
}

const REASONS: readonly (readonly [string, string])[] = [
  ["No such file", "ENOENT"],
  ["Permission denied", "EACCES"],
  ["Is a directory", "EISDIR"],
];
