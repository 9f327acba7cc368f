/**
 * Yields each item of `source` as it comes and, whenever `everyMs` milliseconds pass without a new one, the last again.
 */
export async function* repeating<T>(source: AsyncIterable<T>, everyMs: number): AsyncGenerator<T, undefined> {
  const iterator = source[Symbol.asyncIterator]();
  try {
    let result = await iterator.next();
    while (!result.done) {
      yield result.value;
      const pending = iterator.next();
      // Its failure is ours only if we are still here to wait for it.
      pending.catch(() => {});
      let next = await within(pending, everyMs);
      while (next === undefined) {
        yield result.value;
        next = await within(pending, everyMs);
      }
      result = next;
    }
  } finally {
    await iterator.return?.();
  }
}

/**
 * Passes on at most `perSecond` items a second and drops the rest, keeping the pace even: what a source of 30 a second
 * thinned to 20 loses is every third item.
 */
export async function* thin<T>(source: AsyncIterable<T>, perSecond: number): AsyncGenerator<T, undefined> {
  const intervalMs = 1000 / perSecond;
  let dueAt = Number.NEGATIVE_INFINITY;
  for await (const item of source) {
    const now = performance.now();
    // A quarter of an interval early is on time: sources jitter, and an item refused for 1 ms costs a whole interval.
    if (now < dueAt - intervalMs / 4) continue;
    // After a silence the pace starts anew, rather than make up for it.
    dueAt = (now - dueAt > intervalMs ? now : dueAt) + intervalMs;
    yield item;
  }
}

/** What `promise` resolves to, or undefined when it takes longer than `ms` milliseconds. */
function within<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms, undefined);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
