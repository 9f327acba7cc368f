import { setImmediate as yieldToOthers } from "node:timers/promises";
import { MAX_TIMER_MS } from "./abort.ts";

/**
 * Yields each item of `source`, and lets the event loop go round before the next is asked for. Without that, libuv reads a
 * socket up to 32 times in one turn (uv__read in src/unix/stream.c), 2 MB, and all that is done with it holds up all else.
 */
export async function* inTurns<T>(source: AsyncIterable<T>): AsyncGenerator<T, undefined> {
  for await (const item of source) {
    yield item;
    await yieldToOthers();
  }
}

/**
 * Passes on at most `perSecond` items a second and drops the rest, keeping the pace even: what a source of 30 a second
 * thinned to 20 loses is every third item. The last item before a silence is not lost, only late.
 */
export async function* thin<T>(source: AsyncIterable<T>, perSecond: number): AsyncGenerator<T, undefined> {
  // Infinite it would make a time of NaN, which nothing comes before.
  const intervalMs = Math.min(1000 / perSecond, Number.MAX_VALUE);
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
