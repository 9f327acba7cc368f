/** After how long without another change the last one counts, in milliseconds: sliders give several a second. */
const SETTLE_MS = 300;

/** How long a change waits at most, in milliseconds: who goes on moving a slider is to see what it does. */
const LATEST_MS = 1500;

/** Calls back once changes have come to rest, and not before it is allowed to. */
export class Debounce {
  readonly #settled: () => void;
  #first: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isAllowed = false;
  #isSettled = false;

  constructor(settled: () => void) {
    this.#settled = settled;
  }

  /** Something changed. */
  add(): void {
    const now = performance.now();
    this.#first ??= now;
    this.#isSettled = false;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#settle(), Math.min(SETTLE_MS, Math.max(0, this.#first + LATEST_MS - now)));
  }

  /** What was started is in place, and may be changed from now on. */
  allow(): void {
    this.#isAllowed = true;
    if (this.#isSettled) this.#settle();
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #settle(): void {
    this.#first = undefined;
    this.#isSettled = !this.#isAllowed;
    if (this.#isAllowed) this.#settled();
  }
}
