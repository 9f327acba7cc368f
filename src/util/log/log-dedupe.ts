import { LRUCache } from "lru-cache";
import type { pino } from "pino";
import { RepeatLimiter, withSuppressed } from "../throttle.ts";

const MAX_LINES = 500;

/** pino's numbers. */
const INFO = 30;
const ERROR = 50;

type LogMethod = NonNullable<NonNullable<pino.LoggerOptions["hooks"]>["logMethod"]>;

/**
 * Writes a repeated line at most once a minute. Lines that differ in numbers alone are the same.
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
