import { appendFileSync } from "node:fs";

/*
 * Imported by every file with mutants: says which one is on, and counts how often each is reached.
 */

export const MUTANT_VARIABLE = "STILLSTREAM_MUTANT";

/** Names the file in which processes that tests start note the mutants they reach. */
export const REACHED_VARIABLE = "STILLSTREAM_MUTANTS_REACHED";

const MAX_MUTANTS = 1 << 16;

/** A file for a process that a test started. */
const reachedFile = process.env[REACHED_VARIABLE];

const counts = new Uint32Array(MAX_MUTANTS);
let active = Number(process.env[MUTANT_VARIABLE] ?? 0);
let left = Number.POSITIVE_INFINITY;

export function isOn(id: number): boolean {
  const count = counts[id] ?? 0;
  counts[id] = count + 1;
  if (count === 0 && reachedFile !== undefined) appendFileSync(reachedFile, `${id}\n`);
  if (id !== active) return false;
  left--;
  // The code loops; a loop that catches this comes here again.
  if (left < 0) throw new Error("The mutant was reached too often");
  return true;
}

/** Turns one mutant on, 0 for none; it may be reached `times`. */
export function turnOn(id: number, times: number): void {
  active = id;
  left = times;
}

/** Returns how often each mutant was reached since the last call. */
export function takeCounts(): Record<number, number> {
  const taken: Record<number, number> = {};
  for (const [id, count] of counts.entries()) if (count > 0) taken[id] = count;
  counts.fill(0);
  return taken;
}
