import { existsSync, readdirSync, readFileSync } from "node:fs";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import type { TestContext } from "node:test";
import { CHILD } from "../paths.ts";
import { PYTHON } from "../tools.ts";

/** For a test's `skip`: false where /proc tells which processes there are. */
export const needsProc = existsSync("/proc/self/stat") ? false : "needs Linux's /proc";

interface ProcessFacts {
  readonly pid: number;
  readonly name: string;
  /** Z is one that ended and was not reaped. */
  readonly state: string;
  readonly parent: number;
  readonly group: number;
}

/** Every process of the machine (proc(5), /proc/pid/stat). */
function processes(): ProcessFacts[] {
  return readdirSync("/proc").flatMap((entry) => {
    if (!/^\d+$/.test(entry)) return [];
    const facts = processFacts(Number(entry));
    return facts === undefined ? [] : [facts];
  });
}

/** Undefined when there is no such process. */
export function processFacts(pid: number): ProcessFacts | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name is in parentheses and may hold some itself.
    const [, name = "", rest = ""] = /^\d+ \((.*)\) (.*)$/s.exec(stat) ?? [];
    const [state = "", parent, group] = rest.split(" ");
    return { pid, name, state, parent: Number(parent), group: Number(group) };
  } catch {
    return undefined;
  }
}

/**
 * Our own children, those not reaped among them, without the one that turns TypeScript into JavaScript and the one that ends the others
 * with us.
 */
export function children(): ProcessFacts[] {
  return childrenOf(process.pid).filter(({ name }) => name !== "esbuild");
}

/** A process's children, without the one of `drivers/guard` and those of `drivers/file-reader`, which end by themselves. */
export function childrenOf(pid: number): ProcessFacts[] {
  return allChildrenOf(pid).filter((one) => !isGuard(one) && !readsFiles(one));
}

export function allChildrenOf(pid: number): ProcessFacts[] {
  return processes().filter(({ parent }) => parent === pid);
}

/** One that ended has no command line any more. */
function isGuard({ pid, name, state }: ProcessFacts): boolean {
  if (name !== "sh") return false;
  return state === "Z" || (commandOf({ pid })?.includes("stillstream-guard") ?? true);
}

/** Those of `drivers/file-reader` end by themselves. */
function readsFiles(facts: ProcessFacts): boolean {
  return commandOf(facts)?.includes("file-program") ?? false;
}

function commandOf({ pid }: { readonly pid: number }): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return undefined;
  }
}

/** Our own children that run the program `name`. */
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

/** Makes a folder with a program `name` that does what child.py is told by `words`. Gives the folder. */
export async function stubFolder(folder: string, name: string, words: readonly string[]): Promise<string> {
  const path = join(folder, "bin");
  await mkdir(path, { recursive: true });
  const quoted = [PYTHON, CHILD, ...words].map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
  await writeFile(join(path, name), `#!/bin/sh\nexec ${quoted} -- "$@"\n`);
  await chmod(join(path, name), 0o755);
  return path;
}
