import { readFile } from "node:fs/promises";
import { type Finding, ok, problem } from "./finding.ts";

export interface LimitFacts {
  /** How many files and sockets this process may have open; undefined where that cannot be told. */
  readonly openFiles: number | undefined;
  readonly maxViewers: number;
}

const ABOUT = "Limits";

/** What the program itself has open, cameras and their programs included, rounded up: 25 with four fake cameras and a viewer of each (2026-11-28). */
export const OWN_FILES = 100;

/** Are there as many sockets to be had as viewers are let in? */
export function judgeLimits({ openFiles, maxViewers }: LimitFacts): Finding[] {
  const needed = maxViewers + OWN_FILES;
  if (openFiles === undefined) return [];
  const what = `The system lets it have ${openFiles} files open`;
  if (openFiles >= needed) return [ok("files", ABOUT, `${what}, enough for ${maxViewers} viewers.`)];
  const fix = `Allow more, with LimitNOFILE=${needed} in its service or \`ulimit -n ${needed}\`, or let fewer in with --max-viewers.`;
  return [problem("files", ABOUT, `${what}, and ${maxViewers} viewers need ${needed}.`, fix)];
}

/** Reads this process's limits, as proc(5) has them; Node itself raises the soft one to the hard one. `file` is for tests. */
export async function inspectLimits(maxViewers: number, file = "/proc/self/limits"): Promise<LimitFacts> {
  const text = await readFile(file, "utf8").catch(() => "");
  const [, soft] = /^Max open files\s+(\d+|unlimited)/m.exec(text) ?? [];
  return { openFiles: soft === undefined ? undefined : soft === "unlimited" ? Infinity : Number(soft), maxViewers };
}
