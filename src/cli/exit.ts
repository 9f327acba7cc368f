import { createRequire } from "node:module";
import { fileReader } from "../drivers/picture/file-reader.ts";
import { describeError, SetupError } from "../util/errors.ts";
import { hangingCalls } from "../util/hanging.ts";
import { StandardStream } from "../util/log/standard-stream.ts";
import { printable } from "../util/printable.ts";
import { killEndingGroups } from "../util/process/child-process.ts";

const output = new StandardStream(1);

/** Standard error, which the log shares with the last words of `fail`. */
export const errors = new StandardStream(2);

/** How long pending output may take when the program ends. */
const FLUSH_MS = 200;

/** Writes pending output and ends the process, even while system calls hang. */
export async function exit(status: number): Promise<void> {
  await Promise.all([output.finish(FLUSH_MS), errors.finish(FLUSH_MS)]);
  killEndingGroups();
  fileReader.end();
  endProcess(status);
}

/** Prints what is wrong in one sentence, without a stack trace, and ends the process. */
export function fail(error: unknown): void {
  errors.write(printable(`stillstream: ${describeError(error)}\n`));
  void exit(error instanceof SetupError ? error.exitCode : 1);
}

/** Prints a text. Escapes it, since cameras and servers name themselves. */
export function print(text: string): void {
  output.write(printable(text));
}

/**
 * Ends the process by exit_group(2) or SIGKILL. `process.exit` waits for libuv's threads, and a
 * dead network share holds one forever. Measured 2026-11-29, Node 20.
 */
function endProcess(status: number): void {
  try {
    if (process.platform !== "win32") systemExit()(status);
  } catch {
    // koffi is optional.
  }
  if (hangingCalls().length === 0) process.exit(status);
  process.kill(process.pid, "SIGKILL");
}

function systemExit(): (status: number) => void {
  // An import would wait for the thread pool.
  const { load } = createRequire(import.meta.url)("koffi") as typeof import("koffi");
  return load(null).func("void _exit(int)");
}
