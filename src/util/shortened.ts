/** Cuts a text after the last word that fits: half a password must not stay. */
export function shortened(text: string, max: number): string {
  if (text.length <= max) return text;
  const start = text.slice(0, max);
  const end = Math.max(start.lastIndexOf(" "), start.lastIndexOf("\n"), start.lastIndexOf("\t"));
  return `${start.slice(0, Math.max(end, 0))} …`;
}
