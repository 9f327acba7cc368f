#!/usr/bin/env node
import { readFileSync, writeSync } from "node:fs";

/**
 * Loads the program. Nothing else is imported statically: with a low limit of open files the loader
 * fails before any code of ours could explain it.
 */
const limit = maxOpenFiles();
// The first process of a container gets no signal without a handler (pid_namespaces(7)).
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

/** Many calls throw in a removed working directory (getcwd(3)). */
function requireFolder(): void {
  try {
    process.cwd();
  } catch {
    writeSync(2, "stillstream: The working directory is gone. Change to one that exists, such as by `cd /`.\n");
    process.exit(1);
  }
}

/** Later there may be no free descriptor (proc(5)). */
function maxOpenFiles(): string {
  try {
    return /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1] ?? "too few";
  } catch {
    return "too few";
  }
}
