import { isDeepStrictEqual } from "node:util";

/** Returns whether two settings have equal values. */
export function deepEqual(one: unknown, other: unknown): boolean {
  return isDeepStrictEqual(plain(one), plain(other));
}

function plain(thing: unknown): unknown {
  return JSON.parse(JSON.stringify(thing));
}
