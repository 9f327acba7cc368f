import { isDeepStrictEqual } from "node:util";

export type Reading<T> = { readonly content: T } | { readonly error: Error };

export interface FilePollerOptions<T> {
  readonly read: () => Promise<T>;
  readonly everyMs: number;
  /** How long a change must last: a file may be half written, or gone for a moment. */
  readonly settleMs: number;
  /** Told of each settled change. */
  readonly onChange: (reading: Reading<T>) => void;
}

/**
 * Polls the contents of files. A file watcher misses changes behind links and mounts,
 * and of the file that an editor puts in place of another.
 */
export class FilePoller<T> {
  readonly #options: FilePollerOptions<T>;
  /** The reading told last. */
  #reported: Reading<T>;
  /** The last reading. */
  #last: Reading<T>;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  /** `first` is the known content. */
  constructor(first: T, options: FilePollerOptions<T>) {
    this.#reported = { content: first };
    this.#last = this.#reported;
    this.#options = options;
    this.#pollIn(options.everyMs);
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  async #poll(): Promise<void> {
    const { read, everyMs, settleMs, onChange } = this.#options;
    const reading: Reading<T> = await read().then(
      (content) => ({ content }),
      (error: unknown) => ({ error: error as Error }),
    );
    if (this.#isClosed) return;
    const isNew = !isSame(reading, this.#reported);
    const isSettled = isSame(reading, this.#last);
    this.#last = reading;
    if (isNew && isSettled) {
      this.#reported = reading;
      onChange(reading);
    }
    this.#pollIn(isNew && !isSettled ? settleMs : everyMs);
  }

  #pollIn(ms: number): void {
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => void this.#poll(), ms);
    this.#timer.unref();
  }
}

function isSame<T>(one: Reading<T>, other: Reading<T>): boolean {
  if ("error" in one || "error" in other) {
    return "error" in one && "error" in other && one.error.message === other.error.message;
  }
  return isDeepStrictEqual(one.content, other.content);
}
