/**
 * Escapes what a terminal obeys, as JavaScript would; keeps line ends and tabs. Others
 * may choose the text: a camera's name, a server's answer.
 */
export function printable(text: string): string {
  return text.replace(OBEYED, (character) =>
    character === "\n" || character === "\t" ? character : escaped(character),
  );
}

/** Escapes it into one line, so no part looks like a line of ours. */
export function printableLine(text: string): string {
  return text.replace(OBEYED, escaped);
}

/**
 * Control characters C0 and C1 (ECMA-48, 5.3), line and paragraph separators, and
 * changes of direction (Unicode Standard Annex 9, 2).
 */
const OBEYED = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu;

function escaped(character: string): string {
  if (character === "\n") return "\\n";
  return `\\u${(character.codePointAt(0) as number).toString(16).padStart(4, "0")}`;
}
