import { createRequire } from "node:module";
import { hangingCalls } from "../util/hanging.ts";

/**
 * Ends this process now, whatever hangs. `process.exit` waits for libuv's threads, which a system call on a network
 * share that is gone holds for ever (measured 2026-11-29, Node 20), so the system is asked directly, by exit_group(2) or SIGKILL.
 */
export function endProcess(status: number): void {
  try {
    if (process.platform !== "win32") exitOfSystem()(status);
  } catch {
    // Without koffi, which is optional.
  }
  if (hangingCalls().length === 0) process.exit(status);
  process.kill(process.pid, "SIGKILL");
}

function exitOfSystem(): (status: number) => void {
  // An import would wait for the thread pool.
  const { load } = createRequire(import.meta.url)("koffi") as typeof import("koffi");
  return load(null).func("void _exit(int)");
}
