import { setImmediate as yieldToOthers } from "node:timers/promises";
import { MAX_TIMER_MS } from "./abort.ts";

/**
 * Yields items, one a turn of the event loop. libuv reads a socket up to 32 times a turn (uv__read
 * in src/unix/stream.c): 2 MB that hold up all else.
 */
export async function* inTurns<T>(source: AsyncIterable<T>): AsyncGenerator<T, undefined> {
  for await (const item of source) {
    yield item;
    await yieldToOthers();
  }
}

/** Passes at most `perSecond` items, evenly. The last item before a silence is late, not lost. */
export async function* thin<T>(source: AsyncIterable<T>, perSecond: number): AsyncGenerator<T, undefined> {
  // Infinity would make a time of NaN.
  const intervalMs = Math.min(1000 / perSecond, Number.MAX_VALUE);
  const iterator = source[Symbol.asyncIterator]();
  let dueAt = Number.NEGATIVE_INFINITY;
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
      // Sources jitter: an item refused for 1 ms would cost a whole interval.
      const isEarly = now < dueAt - intervalMs / 4;
      early = isEarly ? { item: result.value } : undefined;
      if (!isEarly) {
        // After a silence the pace starts over, rather than catch up.
        dueAt = (now - dueAt > intervalMs ? now : dueAt) + intervalMs;
        yield result.value;
      }
      arrival = iterator.next();
    }
  } finally {
    await iterator.return?.();
  }
}

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
