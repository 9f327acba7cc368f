import { isDeepStrictEqual } from "node:util";

/** A value, and the name under which a person wrote it. */
export interface NamedValue {
  readonly name: string;
  readonly value: unknown;
}

/** Returns how people write the name of an option: `max-bytes` for the key `maxBytes`. */
export function kebabCase(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/**
 * Lists the names that an option takes: `max-bytes`, then `maxBytes` and `max_bytes`, old names
 * that stay for one release.
 */
export function namesOf(name: string): string[] {
  const camelCase = name.replace(/-(.)/g, (_match, letter: string) => letter.toUpperCase());
  return [...new Set([name, camelCase, name.replaceAll("-", "_")])];
}

/** Finds what was written for an option, under its current name first. */
export function findOption(written: Readonly<Record<string, unknown>>, name: string): NamedValue[] {
  const names = namesOf(name).filter((each) => Object.hasOwn(written, each));
  return names.map((each) => ({ name: each, value: written[each] }));
}

/** Returns whether two names of an option have different values. */
export function isConflict([first, ...others]: readonly NamedValue[]): boolean {
  return others.some(({ value }) => !isDeepStrictEqual(value, first?.value));
}
