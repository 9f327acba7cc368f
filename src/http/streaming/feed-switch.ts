import type { Feed, PartReceiver } from "./feed.ts";
import type { Part } from "./multipart.ts";

export interface Watched {
  readonly feed: Feed;
}

export interface FeedSwitchOptions<T extends Watched> {
  readonly network: string;
  readonly takesPlaceholder: (isSizeGuessed: boolean) => boolean;
  readonly onPart: (part: Part, isRepeat: boolean) => void;
  readonly onSwitched: () => void;
  /** Another source that is shown goes on. */
  readonly onEnd: (watched: T, failure?: { error: unknown }) => void;
}

/**
 * Switches one viewer between feeds without a gap: the old one goes on until the new one has a
 * frame. No frame is older than the one before.
 */
export class FeedSwitch<T extends Watched> {
  readonly #options: FeedSwitchOptions<T>;
  #shown: Tap<T> | undefined;
  #next: Tap<T> | undefined;
  #newest: Part | undefined;

  constructor(options: FeedSwitchOptions<T>) {
    this.#options = options;
  }

  get wanted(): T | undefined {
    return (this.#next ?? this.#shown)?.watched;
  }

  get shown(): T | undefined {
    return this.#shown?.watched;
  }

  /** By `performance.now()`; undefined once the wanted source has given a part. */
  get waitsSince(): number | undefined {
    return this.#next?.since;
  }

  /** With `atOnce`, nothing more of the old source is shown. */
  watch(watched: T, { atOnce = false } = {}): void {
    const old = this.#shown;
    if (this.wanted?.feed !== watched.feed) {
      const past = this.#next;
      this.#next = old?.watched.feed === watched.feed ? undefined : this.#tap(watched);
      this.#next?.join();
      past?.leave();
    }
    if (!atOnce || this.#shown !== old || this.#next === undefined) return;
    this.#shown = undefined;
    old?.leave();
  }

  /** Shows this until the wanted source has its first part. */
  meanwhile(watched: T): void {
    if (this.#shown !== undefined || this.#next === undefined) return;
    this.#shown = this.#tap(watched);
    this.#options.onSwitched();
    this.#shown.join();
  }

  leave(): void {
    const taps = [this.#shown, this.#next];
    this.#shown = undefined;
    this.#next = undefined;
    for (const tap of taps) tap?.leave();
  }

  /** Forgets the newest part: the next is of another camera. */
  forget(): void {
    this.leave();
    this.#newest = undefined;
  }

  #tap(watched: T): Tap<T> {
    const { takesPlaceholder, network } = this.#options;
    const put = (part: Part, tap: Tap<T>) => this.#put(part, tap);
    const end = (tap: Tap<T>, failure?: { error: unknown }) => this.#end(tap, failure);
    return new Tap(watched, this.#newest?.frame?.seq ?? -1, { network, takesPlaceholder, put, end });
  }

  #put(part: Part, tap: Tap<T>): void {
    const isAgain = part === tap.last;
    tap.last = part;
    if (tap === this.#next) {
      // The old source went on while this frame was encoded: only a newer one counts. A source that
      // repeats itself has none.
      if (part.frame !== undefined && part.frame.seq <= tap.newestBefore && !isAgain) return;
      this.#next = undefined;
      this.#shown?.leave();
      this.#shown = tap;
      this.#options.onSwitched();
    } else if (tap !== this.#shown) {
      return;
    }
    if (this.#isOlder(part) && !isAgain) return;
    if (part.placeholder !== undefined && !tap.takesPlaceholder(part.placeholder.isSizeGuessed)) return;
    const isRepeat = part === this.#newest;
    this.#newest = part;
    this.#options.onPart(part, isRepeat);
  }

  #isOlder({ frame }: Part): boolean {
    const newest = this.#newest?.frame;
    return frame !== undefined && newest !== undefined && frame.seq < newest.seq;
  }

  #end(tap: Tap<T>, failure?: { error: unknown }): void {
    if (tap === this.#next) this.#next = undefined;
    else if (tap === this.#shown) this.#shown = undefined;
    else return;
    this.#options.onEnd(tap.watched, failure);
  }
}

interface TapOwner<T extends Watched> {
  readonly network: string;
  readonly takesPlaceholder: (isSizeGuessed: boolean) => boolean;
  readonly put: (part: Part, tap: Tap<T>) => void;
  readonly end: (tap: Tap<T>, failure?: { error: unknown }) => void;
}

class Tap<T extends Watched> implements PartReceiver {
  readonly watched: T;
  readonly newestBefore: number;
  readonly since = performance.now();
  last: Part | undefined;
  readonly #owner: TapOwner<T>;

  constructor(watched: T, newestBefore: number, owner: TapOwner<T>) {
    this.watched = watched;
    this.newestBefore = newestBefore;
    this.#owner = owner;
  }

  get network(): string {
    return this.#owner.network;
  }

  takesPlaceholder(isSizeGuessed: boolean): boolean {
    return this.#owner.takesPlaceholder(isSizeGuessed);
  }

  join(): void {
    this.watched.feed.attach(this);
  }

  leave(): void {
    this.watched.feed.detach(this);
  }

  put(part: Part): void {
    this.#owner.put(part, this);
  }

  close(failure?: { error: unknown }): void {
    this.leave();
    this.#owner.end(this, failure);
  }
}
