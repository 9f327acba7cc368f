const READING = ["GET", "HEAD", "OPTIONS"];

/** What may be asked of a path: the controls of a camera can be set, everything else is for reading. */
export function methodsOf(path: string): readonly string[] {
  return /\/api\/cameras\/[^/]+\/controls\/?$/i.test(path) ? [...READING, "PATCH"] : READING;
}
