import { randomFill } from "node:crypto";

/** The longest encodes take 1 s on a Raspberry Pi Zero. */
const LIMIT_MS = 5000;

export interface ThreadPoolProbeOptions {
  readonly limitMs?: number;
  /** For tests. */
  readonly work?: () => Promise<unknown>;
}

/** Probes libuv's thread pool. If it hangs, no file is read, no name found, no image encoded. */
export class ThreadPoolProbe {
  readonly limitMs: number;
  readonly #work: () => Promise<unknown>;
  /** One at a time: on a hanging pool they would pile up. */
  #pending: { readonly done: Promise<void>; readonly since: number } | undefined;

  constructor({ limitMs = LIMIT_MS, work = randomByte }: ThreadPoolProbeOptions = {}) {
    this.limitMs = limitMs;
    this.#work = work;
  }

  /** Resolves with whether a task is done within 5 s. Never rejects. */
  async works(): Promise<boolean> {
    this.#pending ??= this.#begin();
    const { done, since } = this.#pending;
    const leftMs = Math.max(0, since + this.limitMs - performance.now());
    return await new Promise((resolve) => {
      const timer = setTimeout(resolve, leftMs, false);
      void done.then(() => {
        clearTimeout(timer);
        resolve(true);
      });
    });
  }

  #begin() {
    const settled = () => {
      this.#pending = undefined;
    };
    return { done: this.#work().then(settled, settled), since: performance.now() };
  }
}

function randomByte(): Promise<void> {
  return new Promise((resolve) => randomFill(new Uint8Array(1), () => resolve()));
}

export const threadPool = new ThreadPoolProbe();
