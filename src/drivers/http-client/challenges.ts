import { lowerAscii } from "./camera-text.ts";

/** RFC 9110, 11.3. */
export interface Challenge {
  readonly scheme: string;
  /** Without quotes, names in lower case. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** Bounds the time to parse one. */
const MAX_LENGTH = 4096;

const NAME = /[^\s,="]+/y;
const QUOTED = /"((?:[^"\\]|\\.)*)(?:"|$)/y;
/** An unquoted realm may have spaces. */
const UNQUOTED = /[^,]*?(?=\s*(?:,|$)|\s+[\w-]+\s*=)/y;

/** Parses challenges. Cameras leave out quotes and commas. */
export function parseChallenges(fields: readonly string[]): Challenge[] {
  const text = fields.join(", ").slice(0, MAX_LENGTH);
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found !== null) at = pattern.lastIndex;
    return found;
  };
  while (at < text.length) {
    const name = take(NAME)?.[0];
    if (name === undefined) {
      at++;
    } else if (take(/\s*=\s*/y) === null) {
      challenges.push({ scheme: lowerAscii(name), parameters: new Map() });
    } else {
      const value = take(QUOTED)?.[1]?.replace(/\\(.)/g, "$1") ?? take(UNQUOTED)?.[0] ?? "";
      challenges.at(-1)?.parameters.set(name.toLowerCase(), value);
    }
  }
  return challenges;
}
