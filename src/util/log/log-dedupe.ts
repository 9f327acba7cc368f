import type { pino } from "pino";
import { Turn, withUnsaidText } from "./log-throttle.ts";

/** So many different lines are remembered; who writes more is not repeating himself. */
const MAX_LINES = 500;

/** From this level on a line is always written: what is fatal, or an error of the program's own, is to be seen. */
const ALWAYS_FROM = 50;

type LogMethod = NonNullable<NonNullable<pino.LoggerOptions["hooks"]>["logMethod"]>;

/**
 * Writes a line that repeats once a minute at most, with how many were left out. Lines are the same when they differ in
 * numbers alone, as a pause that doubles does. Texts of the level debug and below are for who wants all of them.
 */
export function withoutRepeats(now?: () => number): LogMethod {
  const turns = new Map<string, Turn>();
  return function (args, method, level) {
    const at = typeof args[0] === "string" ? 0 : 1;
    const text: unknown = args[at];
    if (typeof text !== "string" || level < 30 || level >= ALWAYS_FROM) {
      method.apply(this, args);
      return;
    }
    const key = `${level} ${JSON.stringify(this.bindings())} ${text.replace(/\d+/g, "0")}`;
    const turn = turns.get(key) ?? new Turn(now);
    // The one that was not heard of for the longest time is forgotten.
    turns.delete(key);
    turns.set(key, turn);
    const [oldest] = turns.keys();
    if (turns.size > MAX_LINES && oldest !== undefined) turns.delete(oldest);
    const unsaid = turn.take();
    if (unsaid === undefined) return;
    const given: unknown[] = [...args];
    given[at] = withUnsaidText(text, unsaid);
    method.apply(this, given as Parameters<typeof method>);
  };
}
