/** Tells listeners that something changed. */
export class Notifier {
  readonly #listeners = new Set<() => void>();

  /** Calls `listener` on each change, until unsubscribed. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  notify(): void {
    for (const listener of this.#listeners) listener();
  }
}
