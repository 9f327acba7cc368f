import type { Feed, PartReceiver } from "./feed.ts";
import type { Part } from "./multipart.ts";

/** Something to watch: a feed, and the name of the variant that it shows. */
export interface Watched {
  readonly key: string | null;
  readonly feed: Feed;
}

export interface LiveWatchParts {
  readonly takesCard: (isGuess: boolean) => boolean;
  /** Given each picture and card once; never an older picture after a newer one. */
  readonly onPart: (part: Part) => void;
  /** What comes from now on is of another source, and numbered anew. */
  readonly onSwitched: () => void;
  /** Nothing more comes of what is watched; with `failure`, since it failed. */
  readonly onEnd: (failure?: { error: unknown }) => void;
}

/**
 * Which source a subscription watches, and the only place that knows. It is swapped without a gap: the old one goes on
 * until the new one has its first picture, and the camera is not released between them.
 */
export class LiveWatch {
  readonly #parts: LiveWatchParts;
  /** Whose parts are passed on. */
  #shown: Tap | undefined;
  /** What takes over with its first part. */
  #next: Tap | undefined;
  #newest: Part | undefined;

  constructor(parts: LiveWatchParts) {
    this.#parts = parts;
  }

  /** What was asked for last; undefined while nothing is watched. */
  get wanted(): Watched | undefined {
    return (this.#next ?? this.#shown)?.watched;
  }

  /** What is shown now; undefined before the first part. */
  get shown(): Watched | undefined {
    return this.#shown?.watched;
  }

  /** Since when what is wanted has given nothing, by `performance.now()`; undefined when it has. */
  get waitsSince(): number | undefined {
    return this.#next?.since;
  }

  /** Swaps to another source; `atOnce` shows nothing more of the old one. The same again changes nothing. */
  watch(watched: Watched, { atOnce = false } = {}): void {
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

  /** Shows this until what is wanted has its first part. */
  meanwhile(watched: Watched): void {
    if (this.#shown !== undefined || this.#next === undefined) return;
    this.#shown = this.#tap(watched);
    this.#parts.onSwitched();
    this.#shown.join();
  }

  /** Watches nothing. */
  leave(): void {
    const taps = [this.#shown, this.#next];
    this.#shown = undefined;
    this.#next = undefined;
    for (const tap of taps) tap?.leave();
  }

  /** Forgets what was passed on: what comes next is of another camera. */
  forget(): void {
    this.leave();
    this.#newest = undefined;
  }

  #tap(watched: Watched): Tap {
    const { takesCard } = this.#parts;
    return new Tap(watched, takesCard, {
      put: (part, tap) => this.#put(part, tap),
      end: (failure, tap) => this.#end(failure, tap),
    });
  }

  #put(part: Part, tap: Tap): void {
    const isRepeat = part === tap.last;
    tap.last = part;
    // A variant's first picture may be of an older frame than was passed on: then it takes over with its next, or with
    // this one if it has no other.
    if (this.#isOlder(part) && !isRepeat) return;
    if (tap === this.#next) {
      const old = this.#shown;
      this.#shown = tap;
      this.#next = undefined;
      old?.leave();
      this.#parts.onSwitched();
    } else if (tap !== this.#shown || isRepeat) {
      return;
    }
    if (part === this.#newest || (part.card !== undefined && !tap.takesCard(part.card.isGuess))) return;
    this.#newest = part;
    this.#parts.onPart(part);
  }

  #isOlder({ frame }: Part): boolean {
    const newest = this.#newest?.frame;
    return frame !== undefined && newest !== undefined && frame.seq < newest.seq;
  }

  #end(failure: { error: unknown } | undefined, tap: Tap): void {
    if (tap === this.#next) this.#next = undefined;
    else if (tap === this.#shown) this.#shown = undefined;
    else return;
    this.#parts.onEnd(failure);
  }
}

interface TapOwner {
  readonly put: (part: Part, tap: Tap) => void;
  readonly end: (failure: { error: unknown } | undefined, tap: Tap) => void;
}

/** A place at a feed. */
class Tap implements PartReceiver {
  readonly watched: Watched;
  readonly takesCard: (isGuess: boolean) => boolean;
  readonly since = performance.now();
  /** What came last. */
  last: Part | undefined;
  readonly #to: TapOwner;

  constructor(watched: Watched, takesCard: (isGuess: boolean) => boolean, to: TapOwner) {
    this.watched = watched;
    this.takesCard = takesCard;
    this.#to = to;
  }

  join(): void {
    this.watched.feed.attach(this);
  }

  leave(): void {
    this.watched.feed.detach(this);
  }

  put(part: Part): void {
    this.#to.put(part, this);
  }

  close(failure?: { error: unknown }): void {
    this.leave();
    this.#to.end(failure, this);
  }
}
