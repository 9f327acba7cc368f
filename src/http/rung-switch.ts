import type { Feed, PartReceiver } from "./feed.ts";
import type { Part } from "./multipart.ts";

export interface RungSwitchParts {
  /** The feed of a rung; throws where there is no room for it. */
  readonly feedAt: (rung: number) => Feed;
  /** Takes the parts of whichever rung it is, in order; it is closed when the camera is. */
  readonly receiver: PartReceiver;
  /** Another rung's parts come from now on. */
  readonly onSwitched: (rung: number) => void;
  /** A rung cannot be had; that which was, stays. */
  readonly onRefused: (rung: number) => void;
}

/**
 * Receives one rung of a ladder, and then another without a gap: the parts of the old one come until the new one has made a
 * picture. None is older than the one before it.
 */
export class RungSwitch {
  readonly #parts: RungSwitchParts;
  #present: RungReceiver | undefined;
  #next: RungReceiver | undefined;
  #newestSeq = -1;
  /** The newest picture there was when the next rung was asked for: it has begun once it has a newer one. */
  #seqBefore = -1;

  constructor(parts: RungSwitchParts) {
    this.#parts = parts;
  }

  /** The rung whose parts come. */
  get rung(): number {
    return this.#present?.rung ?? 0;
  }

  /** Begins with a rung. Throws as `feedAt` does. */
  start(rung: number): void {
    const present = new RungReceiver(rung, this.#parts.feedAt(rung), this);
    this.#present = present;
    present.attach();
  }

  stop(): void {
    this.#next?.detach();
    this.#present?.detach();
    this.#next = undefined;
    this.#present = undefined;
  }

  /** Goes over to a rung as soon as it has a picture. */
  moveTo(rung: number): void {
    if (this.#present === undefined || rung === (this.#next ?? this.#present).rung) return;
    this.#next?.detach();
    this.#next = undefined;
    if (rung === this.rung) return;
    try {
      this.#next = new RungReceiver(rung, this.#parts.feedAt(rung), this);
    } catch {
      this.#parts.onRefused(rung);
      return;
    }
    this.#seqBefore = this.#newestSeq;
    this.#next.attach();
  }

  takesCard(isGuess: boolean): boolean {
    return this.#parts.receiver.takesCard(isGuess);
  }

  take(from: RungReceiver, part: Part): void {
    const { frame } = part;
    if (from === this.#next && (frame === undefined || frame.seq > this.#seqBefore)) {
      this.#present?.detach();
      this.#present = from;
      this.#next = undefined;
      this.#parts.onSwitched(from.rung);
    }
    // An encode takes time, in which the other rung went on.
    if (from !== this.#present || (frame !== undefined && frame.seq < this.#newestSeq)) return;
    if (frame !== undefined) this.#newestSeq = frame.seq;
    this.#parts.receiver.put(part);
  }

  closed(from: RungReceiver, failure: { error: unknown } | undefined): void {
    if (from === this.#next) {
      this.#next = undefined;
      this.#parts.onRefused(from.rung);
    } else if (from === this.#present) {
      this.#next?.detach();
      this.#present = undefined;
      this.#parts.receiver.close(failure);
    }
  }
}

/** Receives the parts of one rung. */
class RungReceiver implements PartReceiver {
  readonly rung: number;
  readonly #feed: Feed;
  readonly #owner: RungSwitch;

  constructor(rung: number, feed: Feed, owner: RungSwitch) {
    this.rung = rung;
    this.#feed = feed;
    this.#owner = owner;
  }

  attach(): void {
    this.#feed.attach(this);
  }

  detach(): void {
    this.#feed.detach(this);
  }

  takesCard(isGuess: boolean): boolean {
    return this.#owner.takesCard(isGuess);
  }

  put(part: Part): void {
    this.#owner.take(this, part);
  }

  close(failure?: { error: unknown }): void {
    this.#owner.closed(this, failure);
  }
}
