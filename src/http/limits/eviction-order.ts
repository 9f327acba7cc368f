/** What is open, in the order in which it may be closed: what was idle for longest first, then what is busy for longest. */
export class EvictionOrder<T> {
  readonly #idle = new Set<T>();
  readonly #busy = new Set<T>();

  /** It has begun to idle, or to be busy, now. */
  put(one: T, isBusy: boolean): void {
    this.remove(one);
    (isBusy ? this.#busy : this.#idle).add(one);
  }

  remove(one: T): void {
    if (!this.#idle.delete(one)) this.#busy.delete(one);
  }

  /** The first that may be closed. One that may not, says `isKept`, is never asked about again. */
  first(isKept: (one: T) => boolean): T | undefined {
    for (const set of [this.#idle, this.#busy]) {
      for (const one of set) {
        if (!isKept(one)) return one;
        set.delete(one);
      }
    }
    return undefined;
  }
}
