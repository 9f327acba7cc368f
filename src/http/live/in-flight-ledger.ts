import type { SentFrame } from "../streaming/viewer.ts";

export interface OutgoingFrame extends SentFrame {
  /** Counts a subscription's messages from 1. */
  readonly number: number;
  readonly bytes: number;
}

export interface InFlightFrame extends OutgoingFrame {
  readonly owner: object;
  /** Counts the connection's frames from 1. */
  readonly order: number;
}

/**
 * Keeps frames until they are delivered and acknowledged. Delivery of one means delivery of all
 * before it, whatever their subscriptions acknowledge. Times are by `performance.now()`.
 */
export class InFlightLedger {
  readonly #undelivered: InFlightFrame[] = [];
  /** Oldest first. */
  readonly #unacknowledged = new Map<object, InFlightFrame[]>();
  #order = 0;
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  /** 0 before the first. */
  get order(): number {
    return this.#order;
  }

  add(owner: object, frame: OutgoingFrame): number {
    const entry = { ...frame, owner, order: ++this.#order };
    this.#undelivered.push(entry);
    const unacknowledged = this.#unacknowledged.get(owner);
    if (unacknowledged === undefined) this.#unacknowledged.set(owner, [entry]);
    else unacknowledged.push(entry);
    this.#bytes += frame.bytes;
    return this.#order;
  }

  /** Delivers this frame and all before it; returns those delivered now. */
  deliver(order: number): readonly InFlightFrame[] {
    const delivered: InFlightFrame[] = [];
    for (
      let [oldest] = this.#undelivered;
      oldest !== undefined && oldest.order <= order;
      [oldest] = this.#undelivered
    ) {
      delivered.push(oldest);
      this.#bytes -= oldest.bytes;
      this.#undelivered.shift();
    }
    return delivered;
  }

  /**
   * Acknowledges this frame and all of its subscription before it; returns those acknowledged now.
   */
  acknowledge(owner: object, number: number): readonly InFlightFrame[] {
    const frames = this.#unacknowledged.get(owner);
    const count = (frames?.findLastIndex((frame) => frame.number <= number) ?? -1) + 1;
    return frames?.splice(0, count) ?? [];
  }

  end(owner: object): void {
    this.#unacknowledged.delete(owner);
  }

  /** Oldest first. */
  unacknowledged(owner: object): readonly InFlightFrame[] {
    return this.#unacknowledged.get(owner) ?? NONE;
  }

  /** Oldest first. */
  undelivered(owner: object, order: number): readonly InFlightFrame[] {
    return this.#undelivered.filter((frame) => frame.owner === owner && frame.order > order);
  }
}

const NONE: readonly InFlightFrame[] = [];
