/** What a camera that peers send to waits for. Whoever sent may fall silent without a word. */
export class SilenceTimer {
  #text: string | null = null;
  #silence: NodeJS.Timeout | undefined;

  /** In plain words; null while pictures come. */
  get text(): string | null {
    return this.#text;
  }

  /** A picture came: says so when none has for `ms` milliseconds. */
  expectMore(ms: number, say: (text: string) => void): void {
    this.#text = null;
    this.#silence ??= setTimeout(() => say(`No picture came for ${ms / 1000} s`), ms);
    this.#silence.refresh();
  }

  begin(text: string): void {
    this.stop();
    this.#text = text;
  }

  stop(): void {
    clearTimeout(this.#silence);
    this.#silence = undefined;
    this.#text = null;
  }
}
