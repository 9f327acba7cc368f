import { Mailbox } from "./mailbox.ts";

/** A camera takes 1.5 s (supervise.ts). */
const GRACE_MS = 2000;

export interface BroadcastOptions {
  readonly lingerMs: number;
}

/** Takes items without ever making the broadcast wait. */
export interface Receiver<T> {
  put(item: T): void;
  /** Ends the items; `failure` is the source's. */
  close(failure?: { error: unknown }): void;
}

/**
 * Shares one source with its subscribers, each at its own pace.
 *
 * Opens it for the first, and aborts it `lingerMs` after the last. Never open twice: a subscriber
 * that arrives during release waits for it to finish. A run that ignores its abort is abandoned
 * after 2 s.
 */
export class Broadcast<T> {
  readonly #open: (signal: AbortSignal) => AsyncIterable<T>;
  lingerMs: number;
  readonly #receivers = new Set<Receiver<T>>();
  #latest: { readonly item: T } | undefined;
  #run: { readonly stop: AbortController; readonly ended: Promise<void> } | undefined;
  #linger: NodeJS.Timeout | undefined;
  #isPaused = false;
  #isClosed = false;

  constructor(open: (signal: AbortSignal) => AsyncIterable<T>, { lingerMs }: BroadcastOptions) {
    this.#open = open;
    this.lingerMs = lingerMs;
  }

  get size(): number {
    return this.#receivers.size;
  }

  get isRunning(): boolean {
    return this.#run !== undefined;
  }

  /**
   * Returns items, starting with the newest if the source is running. Ends when `signal` aborts or
   * the source ends; throws the source's error.
   */
  subscribe(signal: AbortSignal): AsyncIterableIterator<T, undefined> {
    const leave = () => mailbox.close();
    const mailbox: Mailbox<T> = new Mailbox<T>(() => {
      signal.removeEventListener("abort", leave);
      this.detach(mailbox);
    });
    signal.addEventListener("abort", leave);
    if (signal.aborted) leave();
    else this.attach(mailbox);
    return mailbox;
  }

  /**
   * Gives a receiver items until `detach`, starting with the newest. Closes it when the source
   * ends.
   */
  attach(receiver: Receiver<T>): void {
    if (this.#isClosed) {
      receiver.close();
      return;
    }
    clearTimeout(this.#linger);
    this.#receivers.add(receiver);
    if (this.#latest !== undefined) receiver.put(this.#latest.item);
    this.#start();
  }

  detach(receiver: Receiver<T>): void {
    if (!this.#receivers.delete(receiver) || this.#receivers.size > 0 || this.#run === undefined) return;
    if (this.lingerMs === 0) this.#release();
    else this.#linger = setTimeout(() => this.#release(), this.lingerMs);
  }

  /** Releases the source until `resume`; subscribers stay. */
  async pause(): Promise<void> {
    this.#isPaused = true;
    this.#release();
    await this.#run?.ended;
  }

  resume(): void {
    this.#isPaused = false;
    if (this.#receivers.size > 0) this.#start();
  }

  /** Ends every subscription. Resolves when the source is released. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#closeAll();
    this.#release();
    await this.#run?.ended;
  }

  #start(): void {
    if (this.#run !== undefined || this.#isPaused) return;
    const stop = new AbortController();
    const ended = orAbandoned(this.#pump(stop.signal), stop.signal).then((outcome) => {
      this.#run = undefined;
      this.#latest = undefined;
      clearTimeout(this.#linger);
      // They came during the release, for the next run.
      if (!stop.signal.aborted) this.#closeAll(outcome);
      if (this.#receivers.size > 0) this.#start();
    });
    this.#run = { stop, ended };
  }

  async #pump(signal: AbortSignal): Promise<{ error: unknown } | undefined> {
    try {
      for await (const item of this.#open(signal)) {
        if (signal.aborted) break;
        this.#latest = { item };
        for (const receiver of this.#receivers) receiver.put(item);
      }
      return undefined;
    } catch (error) {
      return { error };
    }
  }

  #closeAll(failure?: { error: unknown }): void {
    for (const receiver of this.#receivers) {
      this.detach(receiver);
      receiver.close(failure);
    }
  }

  #release(): void {
    clearTimeout(this.#linger);
    this.#latest = undefined;
    this.#run?.stop.abort();
  }
}

/** Resolves with undefined if `run` outlasts its abort by the grace. */
function orAbandoned<T>(run: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  return new Promise((resolve) => {
    let timer: NodeJS.Timeout | undefined;
    const onAbort = () => {
      timer = setTimeout(resolve, GRACE_MS, undefined);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    void run.then((outcome) => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      resolve(outcome);
    });
  });
}
