import { linkedController, pause } from "./abort.ts";

export interface SuperviseOptions {
  /** Without an item for this long, in milliseconds, a run has failed; undefined for one that may be silent for ever. */
  readonly stallMs: number | undefined;
  /** The first pause before opening again, in milliseconds; it doubles from failure to failure. @default 500 */
  readonly minPauseMs?: number;
  /** The longest pause, in milliseconds. @default 30000 */
  readonly maxPauseMs?: number;
  /** Told of each failure, and of the pause before the next try in milliseconds. */
  readonly onFailure?: (error: Error, pauseMs: number) => void;
}

/**
 * Opens `open` again and again: whatever it yields is yielded, and its failing, ending or stalling is reported, slept
 * over and tried anew, until `signal` aborts.
 *
 * Pauses double while runs fail and start over once a run has yielded for longer than the pause before it, so that a
 * source that dies right after each start is not hammered, and one that ran for an hour is back in half a second.
 */
export async function* supervise<T>(
  open: (signal: AbortSignal) => AsyncIterable<T>,
  signal: AbortSignal,
  { stallMs, minPauseMs = 500, maxPauseMs = 30_000, onFailure }: SuperviseOptions,
): AsyncGenerator<T, undefined> {
  let pauseMs = minPauseMs;
  while (!signal.aborted) {
    const run = linkedController(signal);
    const watchdog = stallMs === undefined ? undefined : setTimeout(() => run.abort(new StallError(stallMs)), stallMs);
    let liveSince: number | undefined;
    let failure: Error;
    try {
      for await (const item of open(run.signal)) {
        liveSince ??= performance.now();
        watchdog?.refresh();
        yield item;
      }
      failure = new Error("The source ended");
    } catch (error) {
      failure = error instanceof Error ? error : new Error(String(error));
    } finally {
      clearTimeout(watchdog);
      run.release();
    }
    if (signal.aborted) return;
    if (run.signal.aborted) failure = run.signal.reason;

    if (liveSince !== undefined && performance.now() - liveSince > pauseMs) pauseMs = minPauseMs;
    onFailure?.(failure, pauseMs);
    await pause(pauseMs, signal);
    pauseMs = Math.min(pauseMs * 2, maxPauseMs);
  }
}

/** A source was open but gave nothing for its stall time. */
class StallError extends Error {
  constructor(stallMs: number) {
    super(`No picture came for ${stallMs / 1000} s`);
    this.name = "StallError";
  }
}
