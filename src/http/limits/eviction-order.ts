/** Orders connections for eviction: idle for longest first, then busy for longest. */
export class EvictionOrder<T> {
  readonly #idle = new Set<T>();
  readonly #busy = new Set<T>();

  /** Notes that one is idle, or busy, from now on. */
  put(one: T, isBusy: boolean): void {
    this.remove(one);
    (isBusy ? this.#busy : this.#idle).add(one);
  }

  remove(one: T): void {
    if (!this.#idle.delete(one)) this.#busy.delete(one);
  }

  /** Returns the first to evict. One that `isKept` is dropped from the order. */
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
