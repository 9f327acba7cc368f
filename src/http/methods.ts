const READING = ["GET", "HEAD", "OPTIONS"];

/** What may be asked of a path, where it is not for reading alone. */
const OTHERS: readonly (readonly [path: RegExp, methods: readonly string[]])[] = [
  [/\/api\/cameras\/[^/]+\/controls\/?$/i, [...READING, "PATCH"]],
  [/\/api\/cameras\/[^/]+\/messages\/?$/i, [...READING, "POST"]],
  [/\/api\/tokens\/?$/i, ["POST", "OPTIONS"]],
  [/\/cameras\/[^/]+\/share\.svg\/?$/i, ["POST", "OPTIONS"]],
  // By PUT too: that is what `curl -T` sends.
  [/\/cameras\/[^/]+\/frames\/?$/i, ["POST", "PUT", "OPTIONS"]],
];

/** What may be asked of a path. */
export function methodsOf(path: string): readonly string[] {
  return OTHERS.find(([pattern]) => pattern.test(path))?.[1] ?? READING;
}
