/**
 * Returns a text as a terminal can show it: what a terminal obeys, or what turns a line around, stands there as JavaScript
 * writes it. Line ends and tabs stay. Others may have chosen the text: a camera's name for itself, an answer of its server.
 */
export function printable(text: string): string {
  return text.replace(OBEYED, (character) =>
    character === "\n" || character === "\t" ? character : escaped(character),
  );
}

/** Returns the same in one line, so that no part of it looks like a line of ours. */
export function printableLine(text: string): string {
  return text.replace(OBEYED, escaped);
}

/**
 * Control characters, C0 and C1 (ECMA-48, 5.3), line and paragraph separators, and those that change the direction of what
 * follows (Unicode Standard Annex 9, 2).
 */
const OBEYED = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu;

function escaped(character: string): string {
  if (character === "\n") return "\\n";
  return `\\u${(character.codePointAt(0) as number).toString(16).padStart(4, "0")}`;
}
