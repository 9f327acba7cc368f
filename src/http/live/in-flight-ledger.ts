import type { SentFrame } from "../streaming/viewer.ts";

/** What a subscription sends: one frame. */
export interface OutgoingFrame extends SentFrame {
  /** Among the messages of its subscription, from 1. */
  readonly number: number;
  /** Bytes of its message. */
  readonly bytes: number;
}

/** A frame that was sent on a connection. */
export interface InFlightFrame extends OutgoingFrame {
  /** The subscription that sent it. */
  readonly owner: object;
  /** Among the frames of its connection, from 1. */
  readonly order: number;
}

/**
 * Keeps the frames of one connection until they are delivered and acknowledged. Frames arrive in
 * order: delivery of one means delivery of all before it, whatever their subscriptions
 * acknowledge. Times are by `performance.now()`.
 */
export class InFlightLedger {
  /** In order. */
  readonly #undelivered: InFlightFrame[] = [];
  /** By subscription, the oldest first. */
  readonly #unacknowledged = new Map<object, InFlightFrame[]>();
  #order = 0;
  #bytes = 0;

  /** Bytes that are not delivered. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Order of the newest frame; 0 before the first. */
  get order(): number {
    return this.#order;
  }

  /** Returns the frame's order. */
  add(owner: object, frame: OutgoingFrame): number {
    const entry = { ...frame, owner, order: ++this.#order };
    this.#undelivered.push(entry);
    const unacknowledged = this.#unacknowledged.get(owner);
    if (unacknowledged === undefined) this.#unacknowledged.set(owner, [entry]);
    else unacknowledged.push(entry);
    this.#bytes += frame.bytes;
    return this.#order;
  }

  /** Delivers the frame of this order, and all before it. Returns those delivered now. */
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
   * Acknowledges a subscription's frame of this number, and all before it. Returns those
   * acknowledged now.
   */
  acknowledge(owner: object, number: number): readonly InFlightFrame[] {
    const frames = this.#unacknowledged.get(owner);
    const count = (frames?.findLastIndex((frame) => frame.number <= number) ?? -1) + 1;
    return frames?.splice(0, count) ?? [];
  }

  /** Expects no more acknowledgements of a subscription, since it has ended. */
  end(owner: object): void {
    this.#unacknowledged.delete(owner);
  }

  /** Returns a subscription's frames that are not acknowledged, the oldest first. */
  unacknowledged(owner: object): readonly InFlightFrame[] {
    return this.#unacknowledged.get(owner) ?? NONE;
  }

  /** Returns a subscription's frames after `order` that are not delivered, the oldest first. */
  undelivered(owner: object, order: number): readonly InFlightFrame[] {
    return this.#undelivered.filter((frame) => frame.owner === owner && frame.order > order);
  }
}

const NONE: readonly InFlightFrame[] = [];
