import { type Logger, pino } from "pino";
import { hideSecrets } from "./core/errors.ts";

export type { Logger };

/**
 * The program's log, on standard error: one JSON object a line for a service's journal, readable lines on a terminal.
 * Passwords in URLs are hidden.
 */
export async function createLog(level: string): Promise<Logger> {
  const hooks: pino.LoggerOptions["hooks"] = {
    streamWrite: hideSecrets,
  };
  if (!process.stderr.isTTY) return pino({ level, hooks }, pino.destination({ dest: 2, sync: true }));
  const { default: pretty } = await import("pino-pretty");
  return pino(
    { level, hooks },
    pretty({ destination: 2, sync: true, ignore: "pid,hostname", translateTime: "HH:MM:ss" }),
  );
}
