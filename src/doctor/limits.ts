import { readFile } from "node:fs/promises";
import { type Finding, ok, problem } from "./finding.ts";

export interface LimitFacts {
  /** Undefined if unknown. */
  readonly openFiles: number | undefined;
  readonly maxViewers: number;
}

const ABOUT = "Limits";

/**
 * Open files of the server itself. Measured 2026-11-28: 25 with four fake cameras, a viewer each.
 */
export const OWN_FILES = 100;

/** Judges whether the process may open a socket for every viewer. */
export function judgeLimits({ openFiles, maxViewers }: LimitFacts): Finding[] {
  const needed = maxViewers + OWN_FILES;
  if (openFiles === undefined) return [];
  const what = `The server may open ${openFiles} files`;
  if (openFiles >= needed) return [ok("files", ABOUT, `${what}, which is enough for ${maxViewers} viewers.`)];
  const fix = `Raise the limit, with LimitNOFILE=${needed} in the service or \`ulimit -n ${needed}\`, or lower --max-viewers.`;
  return [problem("files", ABOUT, `${what}, but ${maxViewers} viewers need ${needed}.`, fix)];
}

/** Reads limits (proc(5)). Node.js raises the soft limit to the hard one. */
export async function inspectLimits(maxViewers: number, file = "/proc/self/limits"): Promise<LimitFacts> {
  const text = await readFile(file, "utf8").catch(() => "");
  const [, soft] = /^Max open files\s+(\d+|unlimited)/m.exec(text) ?? [];
  return { openFiles: soft === undefined ? undefined : soft === "unlimited" ? Infinity : Number(soft), maxViewers };
}
