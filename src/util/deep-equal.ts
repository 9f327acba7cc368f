import { isDeepStrictEqual } from "node:util";

/** Whether two settings, or several together, mean the same, by their values after parsing. */
export function deepEqual(one: unknown, other: unknown): boolean {
  return isDeepStrictEqual(plain(one), plain(other));
}

/** As JSON has it: what the values of settings can do besides is none of it. */
function plain(thing: unknown): unknown {
  return JSON.parse(JSON.stringify(thing));
}
