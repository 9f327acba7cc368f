import { lowerAscii } from "./camera-text.ts";

/** One way to authenticate that a server offers (RFC 9110, 11.3). */
export interface Challenge {
  /** In lower case, such as `digest`. */
  readonly scheme: string;
  /** By name in lower case; values without their quotes. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** Longer than any real challenge, in characters: what is behind it is not read, which bounds the time it takes. */
const MAX_LENGTH = 4096;

const NAME = /[^\s,="]+/y;
const QUOTED = /"((?:[^"\\]|\\.)*)(?:"|$)/y;
/** Up to a comma, the next parameter or the end: a realm without quotes may have spaces. */
const UNQUOTED = /[^,]*?(?=\s*(?:,|$)|\s+[\w-]+\s*=)/y;

/** Reads `WWW-Authenticate` fields, several challenges in each, with the quotes and commas that cameras leave out. */
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
