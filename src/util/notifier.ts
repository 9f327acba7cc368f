/** Those who want to be told of something. */
export class Notifier {
  readonly #tells = new Set<() => void>();

  /** Tells from now on, until what is returned is called. */
  listen(notify: () => void): () => void {
    this.#tells.add(notify);
    return () => this.#tells.delete(notify);
  }

  tell(): void {
    for (const tell of this.#tells) tell();
  }
}
