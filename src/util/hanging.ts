const calls = new Set<{ readonly what: string }>();

/** Counts a call that was given up, until it settles. */
export function countHanging(what: string, call: Promise<unknown>): void {
  const entry = { what };
  calls.add(entry);
  const settled = () => void calls.delete(entry);
  call.then(settled, settled);
}

/** Returns the hanging calls. `process.exit` would wait for them. */
export function hangingCalls(): string[] {
  return [...calls].map(({ what }) => what);
}
