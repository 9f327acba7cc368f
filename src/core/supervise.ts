import { abandonable } from "../util/abandonable.ts";
import { aborted, linkedController, pause } from "../util/abort.ts";

/**
 * How long a run may take to end after its abort, in milliseconds, before it is abandoned: drivers have a second (see driver.ts), and
 * the process has 2.5 s to stop.
 */
const GRACE_MS = 1500;

/** How many abandoned runs of one source may be pending. Each may hold a thread, a socket or a device. */
const MAX_ABANDONED = 3;

/**
 * The longest pauses, in milliseconds. What publishers connect to has to be there when they come, also after port scans and health
 * checks, which bring no frame.
 */
const MAX_PAUSE_MS = 30_000;
const MAX_PAUSE_OF_LISTENER_MS = 1000;

export interface SuperviseOptions {
  /** Without an item for this long, in milliseconds, a run has failed; undefined for one that may be silent for ever. */
  readonly stallMs: number | undefined;
  /** The first pause before opening again, in milliseconds; it doubles from failure to failure. @default 500 */
  readonly minPauseMs?: number;
  /** The longest pause, in milliseconds. @default 30000; 1000 for one that may be silent for ever */
  readonly maxPauseMs?: number;
  /** How long a run may take to end after its abort, in milliseconds, before it is abandoned. @default 1500 */
  readonly graceMs?: number;
  /** Abandoned runs that are pending, where several calls are for one source. */
  readonly abandoned?: Set<Promise<void>>;
  /** Told of each failure, and of the pause before the next try in milliseconds. */
  readonly onFailure?: (error: Error, pauseMs: number) => void;
  /** Called when a run fails after it was abandoned. */
  readonly onLateError?: (error: unknown) => void;
}

/**
 * Opens `open` again and again: whatever it yields is yielded, and its failing, ending or stalling is reported, slept
 * over and tried anew, until `signal` aborts.
 *
 * Pauses double while runs fail that yielded nothing, and start over with any item: a source that dies after each start is
 * opened twice a second then, which shows what it has.
 *
 * A run that does not end within `graceMs` of its abort is abandoned: its later items and errors change nothing. At most three
 * abandoned runs may be pending; then the source is opened again when one of them ends.
 */
export async function* supervise<T>(
  open: (signal: AbortSignal) => AsyncIterable<T>,
  signal: AbortSignal,
  options: SuperviseOptions,
): AsyncGenerator<T, undefined> {
  const longest = options.stallMs === undefined ? MAX_PAUSE_OF_LISTENER_MS : MAX_PAUSE_MS;
  const { minPauseMs = 500, maxPauseMs = longest, onFailure, abandoned = new Set() } = options;
  let pauseMs = minPauseMs;
  while (true) {
    if (abandoned.size >= MAX_ABANDONED) await firstOf(abandoned, signal);
    if (signal.aborted) return;
    const { failure, hasYielded } = yield* runOnce(open, signal, { ...options, abandoned });
    if (signal.aborted) return;

    if (hasYielded) pauseMs = minPauseMs;
    onFailure?.(failure, pauseMs);
    await pause(pauseMs, signal);
    pauseMs = Math.min(pauseMs * 2, maxPauseMs);
  }
}

interface Outcome {
  readonly failure: Error;
  readonly hasYielded: boolean;
}

/** Yields what one run does until it fails, ends, stalls, or `signal` aborts. */
async function* runOnce<T>(
  open: (signal: AbortSignal) => AsyncIterable<T>,
  signal: AbortSignal,
  {
    stallMs,
    graceMs = GRACE_MS,
    abandoned,
    onLateError = () => {},
  }: SuperviseOptions & { abandoned: Set<Promise<void>> },
): AsyncGenerator<T, Outcome> {
  const run = linkedController(signal);
  const watchdog = stallMs === undefined ? undefined : setTimeout(() => run.abort(new StallError(stallMs)), stallMs);
  let isAbandoned = false;
  const onAbandoned = (ended: Promise<void>) => {
    isAbandoned = true;
    abandoned.add(ended);
    void ended.then(() => abandoned.delete(ended));
  };
  let hasYielded = false;
  let failure = new Error("The source ended");
  try {
    for await (const item of abandonable(open(run.signal), run.signal, { graceMs, onAbandoned, onLateError })) {
      if (run.signal.aborted) break;
      hasYielded = true;
      watchdog?.refresh();
      yield item;
    }
  } catch (error) {
    failure = error instanceof Error ? error : new Error(String(error));
  } finally {
    clearTimeout(watchdog);
    run.release();
  }
  if (run.signal.aborted) failure = run.signal.reason;
  if (isAbandoned) failure = hanging(failure, abandoned.size);
  return { failure, hasYielded };
}

/** The failure of a run that does not stop; of it and others `count` hang. */
function hanging({ message }: Error, count: number): Error {
  const isLast = count >= MAX_ABANDONED;
  const next = isLast ? `; ${count} runs of it hang, and it is opened again when one of them ends` : "";
  return new Error(`${message}, and the driver does not stop${next}`);
}

/** Resolves when one of some promises does, or `signal` aborts. */
async function firstOf(promises: Iterable<Promise<void>>, signal: AbortSignal): Promise<void> {
  const over = linkedController(signal);
  await Promise.race([...promises, aborted(over.signal)]);
  over.abort();
  over.release();
}

/** A source was open but gave nothing for its stall time. */
class StallError extends Error {
  constructor(stallMs: number) {
    super(`No picture came for ${stallMs / 1000} s`);
    this.name = "StallError";
  }
}
