/** How long a window that was open is remembered, in milliseconds, in two halves. */
const REMEMBERED_MS = 20_000;

/**
 * A window that is smaller than it was by less than this share has not closed: with the size of segments Linux reckons anew how many go into
 * its buffer (107 and 95 KB of the same socket, measured 2026-11-28).
 */
const SLACK = 0.15;
/** But no more than so many bytes, which a slow reader takes a while to read. */
const MAX_SLACK_BYTES = 24 * 1024;

/** What was not read in so long a pause is none of it unread: the window has become smaller; in milliseconds. */
const PAUSE_MS = 1000;

/**
 * A reader is taken to read so many bytes a second at least, since nothing tells more of it until something is sent; but only for so long, in milliseconds,
 * as what is unread becomes less, by so many bytes: else it is waited for in full, until it has become less, or the window is known for smaller.
 */
const SLOW = 64 * 1024;
const DOUBT_MS = 1000;
const LESS_BYTES = 2048;

/** What a reader read is measured over so long at least, in milliseconds. */
const MEASURED_MS = 80;

/** What a TCP socket's other side offers and has taken, as our system knows it. */
export interface Window {
  /** Bytes that the other side has room for, beyond what it has acknowledged (RFC 9293, 3.8.6). */
  readonly bytes: number;
  /** Bytes that it has acknowledged, in all. */
  readonly acknowledged: number;
}

/** What is unread at one moment. */
export interface UnreadLook {
  /** Bytes that are unread, as far as they matter. */
  readonly bytes: number;
  /** Bytes that were when an acknowledgement told last, however few. */
  readonly told: number;
  /** Whether one has come that told. */
  readonly isNews: boolean;
}

/**
 * Estimates what a reader's system has received and the reader has not read yet: it acknowledges the first and not the second, but offers
 * less room for more. Such a buffer may hold seconds of video: of a reader that took 1 MB/s and then 100 KB/s 540 KB (measured 2026-11-28,
 * loopback, Linux 6.18).
 *
 * Times are in milliseconds of a clock that never goes back.
 */
export class Unread {
  /** The most room there was in this half of what is remembered, and in the one before. */
  #widest = 0;
  #widestBefore = 0;
  #halfSince = Number.NEGATIVE_INFINITY;
  #window: Window | undefined;
  #bytes = 0;
  /** What was unread when it was told last, however little. */
  #told = 0;
  /** What was unread when that had become less last, and when. */
  #less: { readonly at: number; readonly bytes: number } | undefined;
  /** When it was told last what has been read, and how much of all that was. */
  #read: { readonly at: number; readonly bytes: number } | undefined;
  /** Bytes a second that the reader reads while something waits for it. */
  #pace = Number.POSITIVE_INFINITY;
  #at = Number.NEGATIVE_INFINITY;
  #toldAt = Number.NEGATIVE_INFINITY;

  /**
   * Takes a look. `fresh` bytes were sent so shortly before that they may well have been unread when they were acknowledged, and be read by now. Between two
   * acknowledgements a reader is taken to go on as before, at `rate` bytes a second at most, or slowly.
   */
  look(now: number, window: Window, fresh: number, rate: number): UnreadLook {
    if (now - this.#halfSince > REMEMBERED_MS / 2) {
      this.#widestBefore = this.#widest;
      this.#widest = 0;
      this.#halfSince = now;
    }
    this.#widest = Math.max(this.#widest, window.bytes);
    const isNews = this.#isNews(window);
    if (isNews) {
      if (now - this.#toldAt > PAUSE_MS) [this.#widest, this.#widestBefore] = [window.bytes + fresh, 0];
      this.#toldAt = now;
      const widest = Math.max(this.#widest, this.#widestBefore);
      const all = widest - window.bytes;
      this.#told = Math.max(0, all - fresh);
      this.#bytes = all < fresh + Math.min(SLACK * widest, MAX_SLACK_BYTES) ? 0 : this.#told;
      this.#notice(now);
      this.#measurePace(now, window.acknowledged - all);
    } else if (this.#bytes > 0) {
      const least = now - (this.#less?.at ?? now) < DOUBT_MS ? SLOW : 0;
      const pace = Math.max(least, Math.min(rate, this.#pace));
      this.#bytes = Math.max(0, this.#bytes - (pace * (now - this.#at)) / 1000);
    }
    this.#window = window;
    this.#at = now;
    return { bytes: this.#bytes, told: this.#told, isNews };
  }

  /** Keeps in mind whether it becomes less. */
  #notice(now: number): void {
    if (this.#bytes === 0) this.#less = undefined;
    else if (this.#less === undefined || this.#bytes < this.#less.bytes - LESS_BYTES)
      this.#less = { at: now, bytes: this.#bytes };
  }

  #isNews({ bytes, acknowledged }: Window): boolean {
    return bytes !== this.#window?.bytes || acknowledged > this.#window.acknowledged;
  }

  #measurePace(now: number, bytes: number): void {
    if (this.#bytes === 0) {
      this.#read = undefined;
      this.#pace = Number.POSITIVE_INFINITY;
    } else if (this.#read === undefined) {
      this.#read = { at: now, bytes };
    } else if (now - this.#read.at >= MEASURED_MS) {
      this.#pace = (Math.max(0, bytes - this.#read.bytes) / (now - this.#read.at)) * 1000;
      this.#read = { at: now, bytes };
    }
  }
}
