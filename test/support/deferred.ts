/** A promise that is settled from outside. */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(error: unknown): void;
}

export function deferred<T = void>(): Deferred<T> {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}

/** Real ones: a test may have its own time (virtual-time.ts). */
const { setTimeout } = globalThis;
const now = performance.now.bind(performance);

/** The pause between two checks of a condition, and between those after a second or two. */
const CHECK_INTERVAL_MS = 10;
const LATER_INTERVAL_MS = 50;

/** The fewest checks before a wait fails: on a busy machine the time may be over after a few. */
const MIN_CHECKS = 200;

/**
 * Waits until `condition` returns a truthy value, and returns it. Fails with `what` after
 * `timeoutMs`, later on a busy machine.
 */
export async function until<T>(
  what: string,
  condition: () => T | Promise<T>,
  timeoutMs = 20_000,
): Promise<NonNullable<T>> {
  const deadline = now() + timeoutMs;
  const minChecks = Math.min(timeoutMs / CHECK_INTERVAL_MS, MIN_CHECKS);
  for (let checks = 1; ; checks++) {
    const value = await condition();
    if (value) return value as NonNullable<T>;
    if (now() > deadline && checks >= minChecks) throw new Error(`Waited ${timeoutMs} ms until ${what}`);
    const pauseMs = Math.min(CHECK_INTERVAL_MS + checks / 2, LATER_INTERVAL_MS);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
