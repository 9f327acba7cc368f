/** How long a text that repeats is only counted, in milliseconds. */
const INTERVAL_MS = 60_000;

/**
 * Says of what repeats only now and then: the first text is passed on at once; those that follow within a minute are
 * counted, and told with the first one after it. `now` is a clock in milliseconds that never goes back.
 */
export function throttleLog(say: (text: string) => void, now?: () => number): (text: string) => void {
  const turn = new Turn(now);
  return (text) => {
    const unsaid = turn.take();
    if (unsaid !== undefined) say(withUnsaidText(text, unsaid));
  };
}

/** Whether it is time to say again what repeats. */
export class Turn {
  readonly #now: () => number;
  #saidAt = Number.NEGATIVE_INFINITY;
  #unsaid = 0;

  constructor(now = () => performance.now()) {
    this.#now = now;
  }

  /** How many were left out since it was last said, if it is to be said now; undefined if it is one more to leave out. */
  take(): number | undefined {
    const now = this.#now();
    if (now - this.#saidAt < INTERVAL_MS) {
      this.#unsaid++;
      return undefined;
    }
    const unsaid = this.#unsaid;
    this.#saidAt = now;
    this.#unsaid = 0;
    return unsaid;
  }
}

/** A text, and how many like it were not said before it. */
export function withUnsaidText(text: string, unsaid: number): string {
  return unsaid === 0 ? text : `${text}, and ${unsaid} more like it before`;
}
