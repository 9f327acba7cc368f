import { type Logger, pino } from "pino";
import { hideSecrets } from "../errors.ts";
import { printable, printableLine } from "../printable.ts";
import { withoutRepeats } from "./log-dedupe.ts";
import type { StandardStream } from "./standard-stream.ts";

export type { Logger };

/**
 * Opens the log: JSON for a journal, readable lines on a terminal. Hides passwords in URLs.
 * Suppresses repeats above debug.
 */
export async function openLog(level: string, stream: StandardStream): Promise<Logger> {
  const format = stream.isTerminal ? await readable() : (line: string) => line;
  const hooks: pino.LoggerOptions["hooks"] = {
    streamWrite: (line) => escapeC1(hideSecrets(line)),
    ...(level !== "debug" && level !== "trace" && { logMethod: withoutRepeats() }),
  };
  const log = pino({ level, hooks }, { write: (line: string) => stream.write(format(line)) });
  stream.onRecovered = (lost) => {
    log.warn(
      { lost },
      `Lost ${lost} log lines: nothing took them. Check the disk or the program that the log goes to.`,
    );
  };
  return log;
}

/** Logs Node's own warnings: printing them may block. */
export function logWarnings(log: Logger): void {
  process.removeAllListeners("warning");
  process.on("warning", ({ name, message }) => log.warn(`${name}: ${message}`));
}

/** Returns a log that writes nothing. */
export function silentLog(): Logger {
  return pino({ level: "silent" });
}

async function readable(): Promise<(line: string) => string> {
  const { prettyFactory } = await import("pino-pretty");
  const format = prettyFactory({ colorize: true, ignore: "pid,hostname", translateTime: "HH:MM:ss" });
  return (line) => format(printableFields(line)) ?? "";
}

/** Removes what a terminal obeys. */
function printableFields(line: string): Record<string, unknown> {
  const clean = (key: string, value: unknown) => {
    if (typeof value !== "string") return value;
    return key === "msg" ? printableLine(value) : printable(value);
  };
  return JSON.parse(line, clean);
}

/** ECMA-48, 5.3: JSON keeps C1, and terminals obey it. */
function escapeC1(line: string): string {
  return line.replace(/[\u007f-\u009f]/g, (character) => `\\u00${character.charCodeAt(0).toString(16)}`);
}
