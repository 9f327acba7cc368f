import { availableParallelism } from "node:os";

interface Waiting {
  readonly owners: () => readonly string[];
  readonly start: () => void;
}

/**
 * Runs a limited number of tasks at a time; a free slot goes to the owner that used least.
 * Start-time fair queueing (Goyal, Vin, Cheng: "Start-time Fair Queueing", SIGCOMM 1996): each
 * owner's virtual time grows by what its tasks take, the lowest is next, and rest gives no credit.
 * Owners of one task share its time.
 */
export class EncodeSlots {
  readonly #size: number;
  readonly #now: () => number;
  readonly #waiting = new Set<Waiting>();
  /** Virtual times of owners that are ahead. */
  readonly #times = new Map<string, number>();
  #virtualTime = 0;
  #taken = 0;

  constructor(size: number, now = () => performance.now()) {
    this.#size = size;
    this.#now = now;
  }

  /** `owners` is asked whenever a slot is free, since clients come and go. */
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
      // After the reaction to the task's end: a transform asks again at once.
      process.nextTick(() => this.#handOver());
    }
  }

  #timeOf(owners: readonly string[]): number {
    const times = owners.map((owner) => this.#times.get(owner) ?? 0);
    return Math.max(this.#virtualTime, times.length === 0 ? 0 : Math.min(...times));
  }

  #charge(owners: readonly string[], ms: number): void {
    for (const owner of owners) this.#times.set(owner, this.#timeOf([owner]) + ms / owners.length);
    // An owner that is not ahead needs no entry.
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
 * One core is left to serve frames, and one of libuv's four threads
 * (https://docs.libuv.org/en/v1.x/threadpool.html) to files and names.
 */
export const encodeSlots = new EncodeSlots(Math.max(1, Math.min(availableParallelism() - 1, 3)));
