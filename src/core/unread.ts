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

/** What a reader read is measured over so long at least, in milliseconds. */
const MEASURED_MS = 80;

/** What a TCP socket's other side offers and has taken, as our system knows it. */
export interface Window {
  /** Bytes that the other side has room for, beyond what it has acknowledged (RFC 9293, 3.8.6). */
  readonly bytes: number;
  /** Bytes that it has acknowledged, in all. */
  readonly acknowledged: number;
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
  /** When it was told last what has been read, and how much of all that was. */
  #read: { readonly at: number; readonly bytes: number } | undefined;
  /** Bytes a second that the reader reads while something waits for it. */
  #pace = Number.POSITIVE_INFINITY;
  #at = Number.NEGATIVE_INFINITY;
  #toldAt = Number.NEGATIVE_INFINITY;

  /**
   * Takes a look, and gives the bytes that are unread, and whether an acknowledgement has come that told so. `fresh` bytes were sent so shortly before that they may well have been unread when they
   * were acknowledged, and be read by now. Between two acknowledgements a reader is taken to go on as before, at `rate` bytes a second at most.
   */
  look(now: number, window: Window, fresh: number, rate: number): { readonly bytes: number; readonly isNews: boolean } {
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
      this.#bytes = all < fresh + Math.min(SLACK * widest, MAX_SLACK_BYTES) ? 0 : all - fresh;
      this.#measurePace(now, window.acknowledged - all);
    } else if (this.#bytes > 0) {
      this.#bytes = Math.max(0, this.#bytes - (Math.min(rate, this.#pace) * (now - this.#at)) / 1000);
    }
    this.#window = window;
    this.#at = now;
    return { bytes: this.#bytes, isNews };
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
