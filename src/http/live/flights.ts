import type { SentFrame } from "../streaming/viewer.ts";

/** A picture that was sent. */
export interface InFlightFrame extends SentFrame {
  /** Among the messages of its subscription, from 1. */
  readonly number: number;
  /** Among the pictures of its connection. */
  readonly order: number;
  /** Of its message. */
  readonly bytes: number;
}

/** What a subscription has sent and what was acknowledged. Times are by `performance.now()`. */
export class InFlightFrames {
  readonly #frames: InFlightFrame[] = [];
  #acknowledgedAt = Number.NEGATIVE_INFINITY;
  #takesMs = 0;

  /** How many are not acknowledged. */
  get count(): number {
    return this.#frames.length;
  }

  /** The oldest that is not acknowledged. */
  get oldest(): InFlightFrame | undefined {
    return this.#frames[0];
  }

  /** Since when one waits to be acknowledged, while others were not either; undefined while none does. */
  get silentSince(): number | undefined {
    return this.oldest === undefined ? undefined : Math.max(this.oldest.at, this.#acknowledgedAt);
  }

  /** How long the newest that was acknowledged took, from the moment it was sent or the one before it was acknowledged. */
  get takesMs(): number {
    return this.#takesMs;
  }

  sent(frame: InFlightFrame): void {
    this.#frames.push(frame);
  }

  /** The one of this number and all before it are acknowledged: gives those that were not before. */
  acknowledge(number: number): InFlightFrame[] {
    const count = this.#frames.findLastIndex((frame) => frame.number <= number) + 1;
    const has = this.#frames.splice(0, count);
    const newest = has.at(-1);
    if (newest !== undefined) {
      const now = performance.now();
      this.#takesMs = now - Math.max(newest.at, this.#acknowledgedAt);
      this.#acknowledgedAt = now;
    }
    return has;
  }
}
