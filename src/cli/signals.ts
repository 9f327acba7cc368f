import { closeSync, openSync } from "node:fs";
import { isatty } from "node:tty";
import { hangingCalls } from "../util/hanging.ts";
import type { Logger } from "../util/log/logger.ts";
import { fail } from "./exit.ts";

/**
 * When a stop is forced. The process then ends within 2.5 s, and the unit of systemd allows 5 s.
 */
const STOP_TIMEOUT_MS = 2000;

interface SignalActions {
  readonly stop: () => Promise<void>;
  readonly reload: () => Promise<void>;
  readonly log: Pick<Logger, "warn">;
  readonly exit: (status: number) => Promise<void>;
}

/** Stops the server at the first signal to stop, ends it at the second, and reloads at SIGHUP. */
export function followSignals({ stop, reload, log, exit }: SignalActions): void {
  let isStopping = false;
  const force = () => {
    log.warn({ hanging: hangingCalls() }, `Stop forced: the server has not stopped within ${STOP_TIMEOUT_MS / 1000} s`);
    void exit(0);
  };
  handleStop(() => {
    if (isStopping) {
      void exit(1);
      return;
    }
    isStopping = true;
    setTimeout(force, STOP_TIMEOUT_MS);
    stop().then(() => exit(0), fail);
  });
  // On Windows, SIGHUP says that the console closes, and the process must end.
  if (process.platform !== "win32") followHangUp(reload);
}

function followHangUp(reload: () => Promise<void>): void {
  // nohup takes the terminal from standard input, and Node resets the signal that nohup ignores.
  const isOnTerminal = hasTerminal() && isatty(0);
  const hangUp = () => {
    if (!isOnTerminal || hasTerminal()) {
      void reload();
      return;
    }
    // The window of the terminal was closed: the default action ends the process.
    process.off("SIGHUP", hangUp);
    process.kill(process.pid, "SIGHUP");
  };
  process.on("SIGHUP", hangUp);
}

/** Handles the signals that stop the program, in place of earlier handlers (main.ts). */
export function handleStop(stop: () => void): void {
  for (const signal of ["SIGINT", "SIGTERM"]) process.removeAllListeners(signal).on(signal, stop);
}

/** Returns whether a terminal controls this process (tty(4)). */
function hasTerminal(): boolean {
  try {
    closeSync(openSync("/dev/tty", "r"));
    return true;
  } catch (error) {
    // A terminal exists, but no descriptor is left to open it.
    return /^E[MN]FILE$/.test((error as NodeJS.ErrnoException).code ?? "");
  }
}
