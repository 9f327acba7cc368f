import { abandonable } from "../util/abandonable.ts";
import { aborted, linkedController, pause } from "../util/abort.ts";
import { Backoff } from "../util/backoff.ts";

/** A driver has 1 s (driver.ts), and the process 2.5 s to stop. */
const GRACE_MS = 1500;

/** Each may hold a thread, a socket or a device. */
const MAX_ABANDONED = 3;

/** A listener must be back when publishers come, also after port scans. */
const MAX_PAUSE_MS = 30_000;
const MAX_LISTENER_PAUSE_MS = 1000;

export interface SuperviseOptions {
  /** Undefined for a listener. */
  readonly stallMs: number | undefined;
  /** @default 500 */
  readonly minPauseMs?: number;
  /** @default 30000; 1000 for a listener */
  readonly maxPauseMs?: number;
  /** For a run after its abort. @default 1500 */
  readonly graceMs?: number;
  /** Shared by all calls for one source. */
  readonly abandoned?: Set<Promise<void>>;
  readonly onFailure?: (error: Error, pauseMs: number) => void;
  readonly onLateError?: (error: unknown) => void;
  readonly onEnd?: () => void;
}

/**
 * Yields what `open` yields, and opens it again when it fails, ends or stalls, until `signal`
 * aborts.
 *
 * Pauses double while runs fail without an item. So a source that dies after each start is opened
 * twice a second, which shows the frames it has.
 *
 * A run that outlasts its abort by `graceMs` is abandoned. While three are pending, nothing is
 * opened.
 */
export async function* supervise<T>(
  open: (signal: AbortSignal) => AsyncIterable<T>,
  signal: AbortSignal,
  options: SuperviseOptions,
): AsyncGenerator<T, undefined> {
  const { stallMs, graceMs = GRACE_MS, abandoned = new Set(), onFailure, onLateError = () => {} } = options;
  const maxPauseMs = stallMs === undefined ? MAX_LISTENER_PAUSE_MS : MAX_PAUSE_MS;
  const backoff = new Backoff({ maxPauseMs, ...options });
  try {
    while (true) {
      if (abandoned.size >= MAX_ABANDONED) await firstOf(abandoned, signal);
      if (signal.aborted) return;

      const run = new Run(signal, stallMs, abandoned);
      const { onAbandoned } = run;
      try {
        for await (const item of abandonable(open(run.signal), run.signal, { graceMs, onAbandoned, onLateError })) {
          if (run.signal.aborted) break;
          run.onItem();
          yield item;
        }
      } catch (error) {
        run.fail(error);
      } finally {
        run.close();
      }
      if (signal.aborted) return;

      if (run.hasYielded) backoff.reset();
      const pauseMs = backoff.next();
      onFailure?.(run.failure, pauseMs);
      await pause(pauseMs, signal);
    }
  } finally {
    options.onEnd?.();
  }
}

class Run {
  readonly signal: AbortSignal;
  hasYielded = false;
  readonly #release: () => void;
  readonly #abandoned: Set<Promise<void>>;
  readonly #watchdog: NodeJS.Timeout | undefined;
  #failure = new Error("The source ended");
  #isAbandoned = false;

  constructor(parent: AbortSignal, stallMs: number | undefined, abandoned: Set<Promise<void>>) {
    const { signal, abort, release } = linkedController(parent);
    this.signal = signal;
    this.#release = release;
    this.#abandoned = abandoned;
    if (stallMs !== undefined) this.#watchdog = setTimeout(() => abort(new StallError(stallMs)), stallMs);
  }

  onItem(): void {
    this.hasYielded = true;
    this.#watchdog?.refresh();
  }

  readonly onAbandoned = (ended: Promise<void>): void => {
    this.#isAbandoned = true;
    this.#abandoned.add(ended);
    void ended.then(() => this.#abandoned.delete(ended));
  };

  close(): void {
    clearTimeout(this.#watchdog);
    this.#release();
  }

  fail(error: unknown): void {
    this.#failure = error instanceof Error ? error : new Error(String(error));
  }

  get failure(): Error {
    const failure = this.signal.aborted ? (this.signal.reason as Error) : this.#failure;
    if (!this.#isAbandoned) return failure;
    const count = this.#abandoned.size;
    const next =
      count < MAX_ABANDONED ? "" : `; ${count} runs of it hang, and it is opened again when one of them ends`;
    return new Error(`${failure.message}, and the driver does not stop${next}`);
  }
}

async function firstOf(promises: Iterable<Promise<void>>, signal: AbortSignal): Promise<void> {
  const over = linkedController(signal);
  await Promise.race([...promises, aborted(over.signal)]);
  over.abort();
  over.release();
}

class StallError extends Error {
  override readonly name = "StallError";

  constructor(stallMs: number) {
    super(`No frame came for ${stallMs / 1000} s`);
  }
}
