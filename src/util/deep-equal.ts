import { isDeepStrictEqual } from "node:util";

/** Returns whether two settings have equal values. */
export function deepEqual(one: unknown, other: unknown): boolean {
  return isDeepStrictEqual(plain(one), plain(other));
}

/** Returns the value as JSON has it, without methods. */
function plain(thing: unknown): unknown {
  return JSON.parse(JSON.stringify(thing));
}
