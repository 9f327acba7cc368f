/** Sliders change several times a second. */
const SETTLE_MS = 300;

/** A user who moves a slider must see its effect. */
const LATEST_MS = 1500;

/** Calls back once changes have settled, after `allow`. */
export class Debounce {
  readonly #settled: () => void;
  #first: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isAllowed = false;
  #isSettled = false;

  constructor(settled: () => void) {
    this.#settled = settled;
  }

  add(): void {
    const now = performance.now();
    this.#first ??= now;
    this.#isSettled = false;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#settle(), Math.min(SETTLE_MS, Math.max(0, this.#first + LATEST_MS - now)));
  }

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
