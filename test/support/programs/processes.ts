import { existsSync, readFileSync } from "node:fs";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import type { TestContext } from "node:test";
import { until } from "../deferred.ts";
import { CHILD } from "../paths.ts";
import { PYTHON } from "../tools.ts";
import { childrenOf as childIdsOf } from "./proc.ts";

/** For a test's `skip`: false if /proc lists the processes. */
export const needsProc = existsSync("/proc/self/stat") ? false : "needs Linux's /proc";

interface ProcessFacts {
  readonly pid: number;
  readonly name: string;
  /** Z is a process that has ended and was not reaped. */
  readonly state: string;
  readonly parent: number;
  readonly group: number;
}

/** Returns undefined if there is no such process. */
export function processFacts(pid: number): ProcessFacts | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name is in parentheses and may contain parentheses.
    const [, name = "", rest = ""] = /^\d+ \((.*)\) (.*)$/s.exec(stat) ?? [];
    const [state = "", parent, group] = rest.split(" ");
    return { pid, name, state, parent: Number(parent), group: Number(group) };
  } catch {
    return undefined;
  }
}

/**
 * Returns our own child processes, zombies included, without the one that compiles TypeScript and
 * without the guard.
 */
export function children(): ProcessFacts[] {
  return childrenOf(process.pid).filter(({ name }) => name !== "esbuild");
}

/** Waits until we have no child: the kernel tells of an end later than a program's own time. */
export async function allChildrenGone(): Promise<void> {
  await until("all children are gone", () => children().length === 0);
}

/**
 * Returns the children of a process, without the guard, the file readers and the decoders, which
 * end by themselves.
 */
export function childrenOf(pid: number): ProcessFacts[] {
  return allChildrenOf(pid).filter((one) => !isGuard(one) && !isWorker(one));
}

export function allChildrenOf(pid: number): ProcessFacts[] {
  return childIdsOf(pid).flatMap((child) => processFacts(child) ?? []);
}

/** A process that has ended has no command line. */
function isGuard({ pid, name, state }: ProcessFacts): boolean {
  if (name !== "sh") return false;
  return state === "Z" || (commandOf({ pid })?.includes("stillstream-guard") ?? true);
}

function isWorker(facts: ProcessFacts): boolean {
  return /file-program|convert-runner/.test(commandOf(facts) ?? "");
}

function commandOf({ pid }: { readonly pid: number }): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return undefined;
  }
}

/** Returns our own child processes that run the program `name`. */
export function childrenNamed(name: string): ProcessFacts[] {
  return children().filter((child) => child.name === name);
}

const PATH = process.env["PATH"];

/** Makes `folders` the PATH until the test ends. */
export function setPath(t: TestContext, ...folders: string[]): void {
  process.env["PATH"] = folders.join(delimiter);
  t.after(() => {
    process.env["PATH"] = PATH;
  });
}

/** Makes a folder with a program `name` that runs child.py with `words`. Returns the folder. */
export async function stubFolder(folder: string, name: string, words: readonly string[]): Promise<string> {
  const path = join(folder, "bin");
  await mkdir(path, { recursive: true });
  const quoted = [PYTHON, CHILD, ...words].map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
  await writeFile(join(path, name), `#!/bin/sh\nexec ${quoted} -- "$@"\n`);
  await chmod(join(path, name), 0o755);
  return path;
}
