/** An engine that is silent for this long hangs: it reports every 250 ms. */
const HANGS_MS = 5000;

/** Finds out when an engine hangs, by its silence as far as this page could have heard it. */
export class HangDetector {
  readonly #tickMs: number;
  #silentMs = 0;
  #tickedAt = performance.now();

  constructor(tickMs: number) {
    this.#tickMs = tickMs;
  }

  heard(): void {
    this.#silentMs = 0;
  }

  /** Call it every `tickMs`. Returns whether an engine that should be busy hangs. */
  tick(isBusy: boolean): boolean {
    const now = performance.now();
    // A page that was held up itself cannot say who was silent.
    if (now - this.#tickedAt < 2 * this.#tickMs) this.#silentMs += now - this.#tickedAt;
    this.#tickedAt = now;
    if (!isBusy) this.#silentMs = 0;
    return this.#silentMs > HANGS_MS;
  }
}
