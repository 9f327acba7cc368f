#!/usr/bin/env node
import { readFileSync, writeSync } from "node:fs";

/*
 * Loads the program. Nothing else is imported statically: the loader opens all modules at once.
 * With a low limit of open files it fails there, before any code of ours could explain it.
 */
const limit = maxOpenFiles();
// The first process of a container gets no signal without a handler (pid_namespaces(7)): without
// this, a stop while modules are loaded would be lost.
if (process.pid === 1) for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(0));
requireFolder();
try {
  const { run } = await import("./cli/program.ts");
  run();
} catch (error) {
  if ((error as NodeJS.ErrnoException).code !== "EMFILE") throw error;
  // 120 were enough on Node 20, 100 were not (2026-11-29).
  const what = `The program cannot be loaded: this process may have ${limit} files open, and loading takes up to 120.`;
  writeSync(
    2,
    `stillstream: ${what} Raise the limit with \`ulimit -n 1024\`, or with LimitNOFILE=1024 in its service.\n`,
  );
  process.exit(1);
}

/** Ends the program if its working directory was removed: many calls throw then (getcwd(3)). */
function requireFolder(): void {
  try {
    process.cwd();
  } catch {
    writeSync(2, "stillstream: The working directory is gone. Change to one that exists, such as by `cd /`.\n");
    process.exit(1);
  }
}

/** Reads the limit before modules are loaded: later there may be no free descriptor (proc(5)). */
function maxOpenFiles(): string {
  try {
    return /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1] ?? "too few";
  } catch {
    return "too few";
  }
}
