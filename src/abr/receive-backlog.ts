/**
 * A receive window that shrank by less than this share has not closed. Linux recomputes how
 * many segments fit its buffer. Measured 2026-11-28: 107 and 95 KB of one socket.
 */
const SLACK = 0.15;
/** A slow reader takes a while to read more. */
const MAX_SLACK_BYTES = 24 * 1024;

/** Bytes not read in this pause are not unread: the window has become smaller. */
const PAUSE_MS = 1000;

/**
 * A reader is assumed to read at least at this rate, while the backlog shrinks by `LESS_BYTES`
 * within `DOUBT_MS`: no acknowledgement tells more until bytes are sent.
 */
const SLOW = 64 * 1024;
const DOUBT_MS = 1000;
const LESS_BYTES = 2048;

const MEASURED_MS = 80;

/** In two halves. */
const WINDOW_MEMORY_MS = 20_000;

export interface ReceiveWindow {
  /** Bytes that the peer takes beyond those it has acknowledged (RFC 9293, 3.8.6). */
  readonly bytes: number;
  /** All bytes that it has acknowledged. */
  readonly acknowledged: number;
}

export interface BacklogSample {
  /** As far as they matter. */
  readonly bytes: number;
  /** At the last acknowledgement, however few. */
  readonly told: number;
  /** True if an acknowledgement has come since the last sample. */
  readonly isNews: boolean;
}

/**
 * Estimates what a reader's system has received and its program has not read: such bytes are
 * acknowledged, but narrow the window. Measured 2026-11-28, loopback, Linux 6.18: 540 KB for a
 * reader that went from 1 MB/s to 100 KB/s. Times are of a monotonic clock.
 */
export class ReceiveBacklog {
  readonly #maxWindow = new MaxReceiveWindow();
  #window: ReceiveWindow | undefined;
  #bytes = 0;
  #told = 0;
  /** When the backlog last shrank. */
  #less: { readonly at: number; readonly bytes: number } | undefined;
  #read: { readonly at: number; readonly bytes: number } | undefined;
  /** While bytes wait for the reader. */
  #readRate = Number.POSITIVE_INFINITY;
  #at = Number.NEGATIVE_INFINITY;
  #toldAt = Number.NEGATIVE_INFINITY;

  /**
   * Between two acknowledgements a reader is assumed to go on as before, at most at `rate`. @param
   * fresh bytes sent so recently that they may be read already.
   */
  sample(now: number, window: ReceiveWindow, fresh: number, rate: number): BacklogSample {
    this.#maxWindow.sample(now, window.bytes);
    const isNews = window.bytes !== this.#window?.bytes || window.acknowledged > this.#window.acknowledged;
    if (isNews) this.#update(now, window, fresh);
    // A rate may be infinite: times 0 ms that is NaN.
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

  #readRateAt(now: number, rate: number): number {
    const isReading = this.#less !== undefined && now - this.#less.at < DOUBT_MS;
    return Math.max(isReading ? SLOW : 0, Math.min(rate, this.#readRate));
  }
}

class MaxReceiveWindow {
  /** Of this half of the memory, and of the one before. */
  #max = 0;
  #maxBefore = 0;
  #halfSince = Number.NEGATIVE_INFINITY;

  get bytes(): number {
    return Math.max(this.#max, this.#maxBefore);
  }

  sample(now: number, offered: number): void {
    if (now - this.#halfSince > WINDOW_MEMORY_MS / 2) {
      this.#maxBefore = this.#max;
      this.#max = 0;
      this.#halfSince = now;
    }
    this.#max = Math.max(this.#max, offered);
  }

  startFrom(bytes: number): void {
    [this.#max, this.#maxBefore] = [bytes, 0];
  }
}
