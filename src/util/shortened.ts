/**
 * Returns a text of at most `max` characters: a longer one ends with the last word that fits, and an ellipsis. What could
 * be a piece of a longer word, such as half a password, is left out.
 */
export function shortened(text: string, max: number): string {
  if (text.length <= max) return text;
  const start = text.slice(0, max);
  const end = Math.max(start.lastIndexOf(" "), start.lastIndexOf("\n"), start.lastIndexOf("\t"));
  return `${start.slice(0, Math.max(end, 0))} …`;
}
