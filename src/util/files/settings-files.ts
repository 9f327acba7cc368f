import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { Bulkhead } from "../bulkhead.ts";
import { mountOf } from "./mounts.ts";

/** The writer of a `--config` pipe has as long. */
const TIMEOUT_MS = 10_000;

const MAX_BYTES = 16 * 1024 * 1024;

/** The files may be on a network share that hangs. */
const files = new Bulkhead({ limit: 1, timeoutMs: TIMEOUT_MS });

/** Reads a settings file. Throws as `readFile` does, and a LateError after 10 s. */
export function readSettingsFile(path: string): Promise<string> {
  return files.run(`Reading ${path}`, () => read(path));
}

/**
 * Runs another call on a settings file; `what` is for people. Throws a LateError after
 * 10 s.
 */
export function withSettingsFile<T>(what: string, call: () => Promise<T>): Promise<T> {
  return files.run(what, call);
}

/** A thread that hangs in the kernel would keep this process from ending. */
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

/** strerror(3), as `cat` prints it. */
function codeOf(complaint: string): string {
  const [, code = "EIO"] = REASONS.find(([words]) => complaint.includes(words)) ?? [];
  return code;
}

const REASONS: readonly (readonly [string, string])[] = [
  ["No such file", "ENOENT"],
  ["Permission denied", "EACCES"],
  ["Is a directory", "EISDIR"],
];
