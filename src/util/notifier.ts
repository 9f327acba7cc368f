/** Those who want to be told of something. */
export class Listeners {
  readonly #tells = new Set<() => void>();

  /** Tells from now on, until what is returned is called. */
  listen(tell: () => void): () => void {
    this.#tells.add(tell);
    return () => this.#tells.delete(tell);
  }

  tell(): void {
    for (const tell of this.#tells) tell();
  }
}
