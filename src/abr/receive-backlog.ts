import { MaxReceiveWindow } from "./max-receive-window.ts";

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
export interface ReceiveWindow {
  /** Bytes that the other side has room for, beyond what it has acknowledged (RFC 9293, 3.8.6). */
  readonly bytes: number;
  /** Bytes that it has acknowledged, in all. */
  readonly acknowledged: number;
}

/** What is unread at one moment. */
export interface BacklogSample {
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
export class ReceiveBacklog {
  readonly #maxWindow = new MaxReceiveWindow();
  #window: ReceiveWindow | undefined;
  #bytes = 0;
  /** What was unread when it was told last, however little. */
  #told = 0;
  /** What was unread when that had become less last, and when. */
  #less: { readonly at: number; readonly bytes: number } | undefined;
  /** When it was told last what has been read, and how much of all that was. */
  #read: { readonly at: number; readonly bytes: number } | undefined;
  /** Bytes a second that the reader reads while something waits for it. */
  #readRate = Number.POSITIVE_INFINITY;
  #at = Number.NEGATIVE_INFINITY;
  #toldAt = Number.NEGATIVE_INFINITY;

  /**
   * Takes a look. `fresh` bytes were sent so shortly before that they may well have been unread when they were acknowledged, and be read by now. Between two
   * acknowledgements a reader is taken to go on as before, at `rate` bytes a second at most, or slowly.
   */
  sample(now: number, window: ReceiveWindow, fresh: number, rate: number): BacklogSample {
    this.#maxWindow.sample(now, window.bytes);
    const isNews = window.bytes !== this.#window?.bytes || window.acknowledged > this.#window.acknowledged;
    if (isNews) this.#update(now, window, fresh);
    // A pace may be infinite: times no time it is no number.
    else if (now > this.#at)
      this.#bytes = Math.max(0, this.#bytes - (this.#readRateAt(now, rate) * (now - this.#at)) / 1000);
    this.#window = window;
    this.#at = now;
    return { bytes: this.#bytes, told: this.#told, isNews };
  }

  #update(now: number, window: ReceiveWindow, fresh: number): void {
    if (now - this.#toldAt > PAUSE_MS) this.#maxWindow.startFrom(window.bytes + fresh);
    this.#toldAt = now;
    const maxBytes = this.#maxWindow.bytes;
    const all = maxBytes - window.bytes;
    this.#told = Math.max(0, all - fresh);
    this.#bytes = all < fresh + Math.min(SLACK * maxBytes, MAX_SLACK_BYTES) ? 0 : this.#told;
    this.#noteLess(now);
    this.#measureReadRate(now, window.acknowledged - all);
  }

  /** Keeps in mind when it has become less. */
  #noteLess(now: number): void {
    if (this.#bytes === 0) this.#less = undefined;
    else if (this.#less === undefined || this.#bytes < this.#less.bytes - LESS_BYTES)
      this.#less = { at: now, bytes: this.#bytes };
  }

  #measureReadRate(now: number, bytes: number): void {
    if (this.#bytes === 0) {
      this.#read = undefined;
      this.#readRate = Number.POSITIVE_INFINITY;
    } else if (this.#read === undefined) {
      this.#read = { at: now, bytes };
    } else if (now - this.#read.at >= MEASURED_MS) {
      this.#readRate = (Math.max(0, bytes - this.#read.bytes) / (now - this.#read.at)) * 1000;
      this.#read = { at: now, bytes };
    }
  }

  /** Bytes a second that it is taken to read. */
  #readRateAt(now: number, rate: number): number {
    const isReading = this.#less !== undefined && now - this.#less.at < DOUBT_MS;
    return Math.max(isReading ? SLOW : 0, Math.min(rate, this.#readRate));
  }
}
