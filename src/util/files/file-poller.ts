import { isDeepStrictEqual } from "node:util";

/** What was read, or why it could not be. */
export type Reading<T> = { readonly content: T } | { readonly error: Error };

export interface FilePollerOptions<T> {
  readonly read: () => Promise<T>;
  /** How often to look, in milliseconds. */
  readonly everyMs: number;
  /** How long what is new must stay as it is before it counts, in milliseconds: it may be half written, or gone for a moment. */
  readonly settleMs: number;
  /** Told of what there is when it is another than before, and at rest. */
  readonly onChange: (reading: Reading<T>) => void;
}

/**
 * Follows what files hold, by reading them again and again: a watcher is told nothing of what happens behind links and mounts, and
 * of the file that an editor put in the place of another.
 */
export class FilePoller<T> {
  readonly #options: FilePollerOptions<T>;
  /** What was told of last. */
  #told: Reading<T>;
  /** What was there at the last look. */
  #seen: Reading<T>;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  /** `first` is what is known already. */
  constructor(first: T, options: FilePollerOptions<T>) {
    this.#told = { content: first };
    this.#seen = this.#told;
    this.#options = options;
    this.#lookIn(options.everyMs);
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  async #look(): Promise<void> {
    const { read, everyMs: lookMs, settleMs: restMs, onChange: onNew } = this.#options;
    const reading: Reading<T> = await read().then(
      (content) => ({ content }),
      (error: unknown) => ({ error: error as Error }),
    );
    if (this.#isClosed) return;
    const isNew = !isSame(reading, this.#told);
    const isAtRest = isSame(reading, this.#seen);
    this.#seen = reading;
    if (isNew && isAtRest) {
      this.#told = reading;
      onNew(reading);
    }
    this.#lookIn(isNew && !isAtRest ? restMs : lookMs);
  }

  #lookIn(ms: number): void {
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => void this.#look(), ms);
    this.#timer.unref();
  }
}

function isSame<T>(one: Reading<T>, other: Reading<T>): boolean {
  if ("error" in one || "error" in other) {
    return "error" in one && "error" in other && one.error.message === other.error.message;
  }
  return isDeepStrictEqual(one.content, other.content);
}
