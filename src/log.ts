import { type Logger, pino } from "pino";
import { hideSecrets } from "./core/errors.ts";
import { withoutRepeats } from "./log-repeats.ts";

export type { Logger };

/**
 * The program's log, on standard error: one JSON object a line for a service's journal, readable lines on a terminal.
 * Passwords in URLs are hidden. What repeats is said once a minute, but to who wants to see all, by the level debug or trace.
 */
export async function createLog(level: string): Promise<Logger> {
  const hooks: pino.LoggerOptions["hooks"] = {
    streamWrite: hideSecrets,
    ...(level !== "debug" && level !== "trace" && { logMethod: withoutRepeats() }),
  };
  if (!process.stderr.isTTY) return pino({ level, hooks }, pino.destination({ dest: 2, sync: true }));
  const { default: pretty } = await import("pino-pretty");
  return pino(
    { level, hooks },
    pretty({ destination: 2, sync: true, ignore: "pid,hostname", translateTime: "HH:MM:ss" }),
  );
}
