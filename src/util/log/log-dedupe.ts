import { LRUCache } from "lru-cache";
import type { pino } from "pino";
import { RepeatLimiter, withSuppressed } from "../throttle.ts";

/** How many different lines are remembered. */
const MAX_LINES = 500;

/**
 * pino's numbers: info, below which every line is written; error, from which every line
 * is.
 */
const INFO = 30;
const ERROR = 50;

type LogMethod = NonNullable<NonNullable<pino.LoggerOptions["hooks"]>["logMethod"]>;

/**
 * Writes a line that repeats at most once a minute, with the number of suppressed ones.
 * Lines that differ in numbers alone are the same, such as those of a pause that
 * doubles.
 */
export function withoutRepeats(now?: () => number): LogMethod {
  const limiters = new LRUCache<string, RepeatLimiter>({ max: MAX_LINES });
  return function (args, method, level) {
    const at = typeof args[0] === "string" ? 0 : 1;
    const text: unknown = args[at];
    if (typeof text !== "string" || level < INFO || level >= ERROR) {
      method.apply(this, args);
      return;
    }
    const key = `${level} ${JSON.stringify(this.bindings())} ${text.replace(/\d+/g, "0")}`;
    const limiter = limiters.get(key) ?? new RepeatLimiter(now);
    limiters.set(key, limiter);
    const suppressed = limiter.take();
    if (suppressed === undefined) return;
    const given: unknown[] = [...args];
    given[at] = withSuppressed(text, suppressed);
    method.apply(this, given as Parameters<typeof method>);
  };
}
