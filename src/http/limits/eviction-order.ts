/** Orders for eviction: idle for longest first, then busy for longest. */
export class EvictionOrder<T> {
  readonly #idle = new Set<T>();
  readonly #busy = new Set<T>();

  put(item: T, isBusy: boolean): void {
    this.remove(item);
    (isBusy ? this.#busy : this.#idle).add(item);
  }

  remove(item: T): void {
    if (!this.#idle.delete(item)) this.#busy.delete(item);
  }

  /** Drops exempt ones from the order. */
  first(isExempt: (item: T) => boolean): T | undefined {
    for (const set of [this.#idle, this.#busy]) {
      for (const item of set) {
        if (!isExempt(item)) return item;
        set.delete(item);
      }
    }
    return undefined;
  }
}
