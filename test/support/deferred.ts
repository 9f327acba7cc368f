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

/** How long a condition is left alone before it is looked at again, in milliseconds. */
const LOOK_MS = 10;

/** So often a condition is looked at before it is given up: on a machine that is busy with other things the time may be over before that. */
const LEAST_LOOKS = 200;

/**
 * Waits until `condition` gives something truthy, and gives that; fails with `what` after `timeoutMs` milliseconds, as a machine has them
 * that has nothing else to do.
 */
export async function until<T>(
  what: string,
  condition: () => T | Promise<T>,
  timeoutMs = 20_000,
): Promise<NonNullable<T>> {
  const deadline = performance.now() + timeoutMs;
  const leastLooks = Math.min(timeoutMs / LOOK_MS, LEAST_LOOKS);
  for (let looks = 1; ; looks++) {
    const value = await condition();
    if (value) return value as NonNullable<T>;
    if (performance.now() > deadline && looks >= leastLooks)
      throw new Error(`Waited ${timeoutMs} ms in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
