import { availableParallelism } from "node:os";

/** Lets some tasks run at a time; the others wait in the order they came. */
export class Slots {
  readonly #size: number;
  readonly #waiting: Array<() => void> = [];
  #taken = 0;

  constructor(size: number) {
    this.#size = size;
  }

  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#taken < this.#size) this.#taken++;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await task();
    } finally {
      // Handed over, not given back: whoever waits is next.
      const next = this.#waiting.shift();
      if (next === undefined) this.#taken--;
      else next();
    }
  }
}

/**
 * Pictures encoded at a time, of all cameras and variants: one core is left to what serves them, and one of the four
 * threads libuv has (https://docs.libuv.org/en/v1.x/threadpool.html) to files and names.
 */
export const encodeSlots = new Slots(Math.max(1, Math.min(availableParallelism() - 1, 3)));
