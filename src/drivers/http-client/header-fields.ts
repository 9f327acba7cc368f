/** Header fields by name, as cameras write them. Bytes beyond ASCII are Latin-1 (RFC 9110, 5.5). */
export class HeaderFields {
  readonly #values = new Map<string, string[]>();
  /** The values of the name that came last, which a folded line continues. */
  #newest: string[] | undefined;

  /** Adds a line `name: value`, or what continues the one before. A line without a name is skipped. */
  addLine(line: string): void {
    if (/^[ \t]/.test(line) && this.#newest !== undefined) {
      // RFC 9112, 5.2: a fold counts as one space.
      const value = this.#newest.pop() ?? "";
      this.#newest.push(value === "" ? line.trim() : `${value} ${line.trim()}`);
      return;
    }
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(0, colon)).trim().toLowerCase();
    this.#newest = undefined;
    if (name === "") return;
    const values = this.#values.get(name) ?? [];
    values.push(line.slice(colon + 1).trim());
    this.#values.set(name, values);
    this.#newest = values;
  }

  /** Returns the last value of a name in lower case, which curl takes where there are several. */
  get(name: string): string | undefined {
    return this.#values.get(name)?.at(-1);
  }

  /** Returns every value of a name in lower case. */
  all(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }
}
