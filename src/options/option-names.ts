import { isDeepStrictEqual } from "node:util";

export interface NamedValue {
  readonly name: string;
  readonly value: unknown;
}

/** Returns `max-bytes` for the key `maxBytes`. */
export function kebabCase(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** Lists the names of an option: the old `maxBytes` and `max_bytes` stay for one release. */
export function namesOf(name: string): string[] {
  const camelCase = name.replace(/-(.)/g, (_match, letter: string) => letter.toUpperCase());
  return [...new Set([name, camelCase, name.replaceAll("-", "_")])];
}

/** Prefers the current name. */
export function findOption(written: Readonly<Record<string, unknown>>, name: string): NamedValue[] {
  const names = namesOf(name).filter((each) => Object.hasOwn(written, each));
  return names.map((each) => ({ name: each, value: written[each] }));
}

export function isConflict([first, ...others]: readonly NamedValue[]): boolean {
  return others.some(({ value }) => !isDeepStrictEqual(value, first?.value));
}
