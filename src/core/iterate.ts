import { MAX_TIMER_MS } from "./abort.ts";

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
 * thinned to 20 loses is every third item. The last item before a silence is not lost, only late.
 */
export async function* thin<T>(source: AsyncIterable<T>, perSecond: number): AsyncGenerator<T, undefined> {
  const intervalMs = 1000 / perSecond;
  const iterator = source[Symbol.asyncIterator]();
  let dueAt = Number.NEGATIVE_INFINITY;
  /** The newest item that came too early: what there is to give if no other comes in time. */
  let early: { readonly item: T } | undefined;
  try {
    let arrival = iterator.next();
    while (true) {
      const silenceMs = dueAt + intervalMs - performance.now();
      if (early !== undefined && !(await settlesWithin(arrival, silenceMs))) {
        const { item } = early;
        early = undefined;
        dueAt = performance.now() + intervalMs;
        yield item;
      }
      const result = await arrival;
      if (result.done) return;
      const now = performance.now();
      // A quarter of an interval early is on time: sources jitter, and an item refused for 1 ms costs a whole interval.
      const isEarly = now < dueAt - intervalMs / 4;
      early = isEarly ? { item: result.value } : undefined;
      if (!isEarly) {
        // After a silence the pace starts anew, rather than make up for it.
        dueAt = (now - dueAt > intervalMs ? now : dueAt) + intervalMs;
        yield result.value;
      }
      arrival = iterator.next();
    }
  } finally {
    await iterator.return?.();
  }
}

/** Whether `promise` settles, either way, within `ms` milliseconds. */
function settlesWithin(promise: Promise<unknown>, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, Math.min(ms, MAX_TIMER_MS), false);
    const settle = () => {
      clearTimeout(timer);
      resolve(true);
    };
    promise.then(settle, settle);
  });
}

/** What `promise` resolves to, or undefined when it takes longer than `ms` milliseconds. */
function within<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms, undefined);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
