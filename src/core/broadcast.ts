import { abandonable } from "../util/abandonable.ts";
import { Mailbox } from "./mailbox.ts";

/** How long a source may take to end after its abort, in milliseconds: a camera's takes 1.5 s at most (see supervise.ts). */
const GRACE_MS = 2000;

export interface BroadcastOptions {
  /** How long the source stays open after its last subscriber left, in milliseconds. */
  readonly lingerMs: number;
}

/** Takes what a broadcast gives out, and never makes it wait. */
export interface Receiver<T> {
  put(item: T): void;
  /** Nothing more will come; with `failure`, since the source failed. */
  close(failure?: { error: unknown }): void;
}

/**
 * One source, any number of subscribers, each at its own pace.
 *
 * The source is opened for the first subscriber and aborted `lingerMs` after the last. It is never open twice: who
 * comes while it closes waits for that run to end, and gets a fresh one. A run that ignores its abort is waited for 2 s, and
 * then abandoned.
 */
export class Broadcast<T> {
  readonly #open: (signal: AbortSignal) => AsyncIterable<T>;
  /** As in the options. */
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

  /** How many are subscribed. */
  get size(): number {
    return this.#receivers.size;
  }

  /** True from the first subscriber until the source is released. */
  get isRunning(): boolean {
    return this.#run !== undefined;
  }

  /**
   * Items from now on, starting with the newest if the source is running. The subscription starts with this call and
   * ends when `signal` aborts, when the reader stops, or when the source ends by itself; if that failed, the reader
   * sees its error.
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
   * Gives a receiver items from now on, starting with the newest if the source is running, until it is detached. It is
   * closed when the source ends by itself, and by `close`; at once when that was before.
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

  /** Gives a receiver nothing more. */
  detach(receiver: Receiver<T>): void {
    if (!this.#receivers.delete(receiver) || this.#receivers.size > 0 || this.#run === undefined) return;
    if (this.lingerMs === 0) this.#release();
    else this.#linger = setTimeout(() => this.#release(), this.lingerMs);
  }

  /** Releases the source, and opens it no more until `resume`; its subscribers stay. Resolves when it is released. */
  async pause(): Promise<void> {
    this.#isPaused = true;
    this.#release();
    await this.#run?.ended;
  }

  /** Opens the source again for those who are here. */
  resume(): void {
    this.#isPaused = false;
    if (this.#receivers.size > 0) this.#start();
  }

  /** Ends every subscription and releases the source, for good; resolves when it is released. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#closeAll();
    this.#release();
    await this.#run?.ended;
  }

  #start(): void {
    if (this.#run !== undefined || this.#isPaused) return;
    const stop = new AbortController();
    const ended = this.#pump(stop.signal).then((outcome) => {
      this.#run = undefined;
      this.#latest = undefined;
      clearTimeout(this.#linger);
      // A released run ends nobody: who is here came while it closed, for the next one.
      if (!stop.signal.aborted) this.#closeAll(outcome);
      if (this.#receivers.size > 0) this.#start();
    });
    this.#run = { stop, ended };
  }

  /** Hands out what the source yields until it ends; resolves with its error if it failed. */
  async #pump(signal: AbortSignal): Promise<{ error: unknown } | undefined> {
    try {
      for await (const item of abandonable(this.#open(signal), signal, { graceMs: GRACE_MS })) {
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
