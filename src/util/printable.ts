/** Escapes what a terminal obeys; keeps line ends and tabs. */
export function printable(text: string): string {
  return text.replace(OBEYED, (character) =>
    character === "\n" || character === "\t" ? character : escaped(character),
  );
}

/** Escapes text into one line. */
export function printableLine(text: string): string {
  return text.replace(OBEYED, escaped);
}

/**
 * C0 and C1 (ECMA-48, 5.3), line separators, and changes of direction (Unicode Standard Annex 9,
 * 2).
 */
const OBEYED = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu;

function escaped(character: string): string {
  if (character === "\n") return "\\n";
  return `\\u${(character.codePointAt(0) as number).toString(16).padStart(4, "0")}`;
}
