import { availableParallelism } from "node:os";

/** An encode that waits. */
interface Waiting {
  readonly owners: () => readonly string[];
  readonly start: () => void;
}

/**
 * Lets some tasks run at a time. A slot goes to the owner that used least of their time: start-time fair queueing (Goyal,
 * Vin, Cheng: "Start-time Fair Queueing", SIGCOMM 1996). Each owner has a virtual time that grows by what its tasks take;
 * the task with the lowest is next, of equals the one that came first. The slots' own virtual time is that of the task
 * that started last, and no owner is behind it: to have used nothing for an hour is worth no more than the next turn.
 *
 * A task of several owners counts for the one that used least, and its time is shared among all of them.
 */
export class EncodeSlots {
  readonly #size: number;
  readonly #now: () => number;
  readonly #waiting = new Set<Waiting>();
  /** Virtual times of owners that are ahead of the slots'. */
  readonly #times = new Map<string, number>();
  #virtualTime = 0;
  #taken = 0;

  /** `now` is a clock in milliseconds that never goes back. */
  constructor(size: number, now = () => performance.now()) {
    this.#size = size;
    this.#now = now;
  }

  /** Runs a task in its turn. `owners` is asked each time a slot is free: who wants an encode may come and go meanwhile. */
  async run<T>(owners: () => readonly string[], task: () => Promise<T>): Promise<T> {
    if (this.#taken < this.#size) this.#taken++;
    else await new Promise<void>((resolve) => this.#waiting.add({ owners, start: resolve }));
    const charged = owners();
    this.#virtualTime = this.#timeOf(charged);
    const startedAt = this.#now();
    try {
      return await task();
    } finally {
      this.#charge(charged, this.#now() - startedAt);
      // Once those whose task this was had their say: a transform asks again when it is done.
      process.nextTick(() => this.#handOver());
    }
  }

  /** The virtual time at which a task of these owners may start. */
  #timeOf(owners: readonly string[]): number {
    const times = owners.map((owner) => this.#times.get(owner) ?? 0);
    return Math.max(this.#virtualTime, times.length === 0 ? 0 : Math.min(...times));
  }

  #charge(owners: readonly string[], ms: number): void {
    for (const owner of owners) this.#times.set(owner, this.#timeOf([owner]) + ms / owners.length);
    // What is not ahead tells nothing. With nothing at work that is all of it.
    for (const [owner, time] of this.#times) if (time <= this.#virtualTime) this.#times.delete(owner);
  }

  #handOver(): void {
    let next: Waiting | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const waiting of this.#waiting) {
      const time = this.#timeOf(waiting.owners());
      if (time >= least) continue;
      next = waiting;
      least = time;
    }
    if (next === undefined) {
      this.#taken--;
      return;
    }
    this.#waiting.delete(next);
    next.start();
  }
}

/**
 * Pictures encoded at a time, of all cameras and variants: one core is left to what serves them, and one of the four
 * threads libuv has (https://docs.libuv.org/en/v1.x/threadpool.html) to files and names.
 */
export const encodeSlots = new EncodeSlots(Math.max(1, Math.min(availableParallelism() - 1, 3)));
