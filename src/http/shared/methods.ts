import { pathPattern } from "./paths.ts";

const READING = ["GET", "HEAD", "OPTIONS"];

/** What may be asked of a path, where it is not for reading alone. */
const OTHERS: readonly (readonly [path: RegExp, methods: readonly string[]])[] = [
  [pathPattern("/api/cameras/:name/controls"), [...READING, "PATCH"]],
  [pathPattern("/api/cameras/:name/messages"), [...READING, "POST"]],
  [pathPattern("/api/tokens"), ["POST", "OPTIONS"]],
  [pathPattern("/cameras/:name/share.svg"), ["POST", "OPTIONS"]],
  // By PUT too: that is what `curl -T` sends.
  [pathPattern("/cameras/:name/frames"), ["POST", "PUT", "OPTIONS"]],
];

/** What may be asked of a path. */
export function allowedMethods(path: string): readonly string[] {
  return OTHERS.find(([pattern]) => pattern.test(path))?.[1] ?? READING;
}
