import { execFileSync } from "node:child_process";

/** Returns the lines of each file that differ from a commit, from 1. */
export function changedLines(root: string, ref: string): Map<string, Set<number>> {
  const options = { cwd: root, encoding: "utf8", maxBuffer: 1 << 28 } as const;
  return readDiff(
    execFileSync("git", ["diff", "--unified=0", "--no-color", "--no-ext-diff", ref, "--", "src"], options),
  );
}

/** Reads a diff without context. */
export function readDiff(diff: string): Map<string, Set<number>> {
  const changed = new Map<string, Set<number>>();
  let lines = new Set<number>();
  for (const line of diff.split("\n")) {
    const file = /^\+\+\+ b\/(.+)$/.exec(line)?.[1];
    if (file !== undefined) {
      lines = new Set();
      changed.set(file, lines);
    }
    const [, start, count = "1"] = /^@@ -\S+ \+(\d+)(?:,(\d+))? @@/.exec(line) ?? [];
    for (let index = 0; start !== undefined && index < Number(count); index++) lines.add(Number(start) + index);
  }
  return changed;
}
