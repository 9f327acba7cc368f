import { isDeepStrictEqual } from "node:util";

export type Reading<T> = { readonly content: T } | { readonly error: Error };

export interface FilePollerOptions<T> {
  readonly read: () => Promise<T>;
  readonly everyMs: number;
  /** A file may be half written, or gone for a moment. */
  readonly settleMs: number;
  readonly onChange: (reading: Reading<T>) => void;
}

/**
 * Polls the contents of files. Watchers miss changes behind links and mounts, and files that
 * editors replace.
 */
export class FilePoller<T> {
  readonly #options: FilePollerOptions<T>;
  #reported: Reading<T>;
  #last: Reading<T>;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

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
