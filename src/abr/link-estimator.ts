import { BusyPeriod } from "./busy-period.ts";
import { ReceiveBacklog } from "./receive-backlog.ts";
import { SaturatedRate } from "./saturated-rate.ts";
import { SendHistory } from "./send-history.ts";

export interface LinkState {
  readonly queued: number;
  readonly inFlight: number;
  /** The shortest from a byte to its acknowledgement. */
  readonly rttMs: number;
  /** Bytes of a full segment; below two, acknowledgements may be delayed. @default 0, none is */
  readonly segment?: number;
  /** Undefined if it is not known. */
  readonly window?: number | undefined;
}

/** Bytes sent this recently may have been acknowledged unread, and read since. */
const FRESH_MS = 50;

/** After this pause without anything in flight, nothing is taken to wait. */
const REST_MS = 1000;

/**
 * Estimates what a link carries, and how many bytes wait for it. Times are of a monotonic
 * clock; bytes include headers.
 */
export class LinkEstimator {
  readonly #sends = new SendHistory();
  readonly #backlog = new ReceiveBacklog();
  readonly #busyPeriod = new BusyPeriod();
  readonly #saturatedRate = new SaturatedRate();
  #sent = 0;
  #arrived = 0;
  #waiting = 0;
  #outstanding = 0;
  /** Bytes that the link cannot have taken yet at its rate. */
  #left = 0;
  #leftSince = 0;
  #sentAt = Number.NEGATIVE_INFINITY;
  #at = Number.NEGATIVE_INFINITY;

  get sent(): number {
    return this.#sent;
  }

  send(now: number, bytes: number): void {
    this.#sent += bytes;
    this.#sentAt = now;
    this.#sends.add(now, bytes);
    this.#left = this.#leftAt(now) + bytes;
    this.#leftSince = now;
  }

  sample(now: number, { queued, inFlight, rttMs, segment = 0, window }: LinkState): void {
    const outstanding = queued + inFlight;
    const backlog = window === undefined ? NO_BACKLOG : this.#backlogAt(now, window, outstanding);
    this.#left = this.#leftAt(now);
    this.#leftSince = now;
    // Bytes sent within one round trip are on their way, and do not wait.
    this.#outstanding = outstanding;
    const unacknowledged = queued + Math.max(0, inFlight - this.#sends.after(now - rttMs));
    const waiting = unacknowledged + backlog.bytes;
    // What a reader may have read since its last acknowledgement is no measurement.
    if (backlog.told === 0 || backlog.isNews) {
      // May be less than before: acknowledged bytes can prove to be unread.
      const arrived = this.#sent - outstanding - backlog.told;
      const isLittle = queued + backlog.bytes === 0 && waiting < 2 * segment;
      this.#busyPeriod.sample(now, arrived - this.#arrived, waiting, isLittle, now - this.#sentAt);
      this.#saturatedRate.sample(now, arrived, this.#busyPeriod.isBusy, this.#busyPeriod.rate);
      this.#arrived = arrived;
    }
    this.#waiting = this.#busyPeriod.isUnknown ? 0 : waiting;
    this.#at = now;
  }

  /** Returns the bytes that waited at the last sample, or must wait at the link's rate, if more. */
  waitingAt(now: number): number {
    // An estimate; once all is acknowledged, only new bytes can correct it.
    if (this.#outstanding === 0 && now - this.#sentAt > REST_MS) return 0;
    return Math.max(this.#waiting, this.#leftAt(now));
  }

  /** Bytes per second; infinite while the link is too fast to tell. */
  get rate(): number {
    return this.#saturatedRate.rate(this.#at, this.#busyPeriod.rate);
  }

  #leftAt(now: number): number {
    const { rate } = this;
    return rate === Number.POSITIVE_INFINITY ? 0 : Math.max(0, this.#left - (rate * (now - this.#leftSince)) / 1000);
  }

  #backlogAt(now: number, bytes: number, outstanding: number) {
    const window = { bytes, acknowledged: this.#sent - outstanding };
    return this.#backlog.sample(now, window, this.#sends.after(now - FRESH_MS), this.rate);
  }
}

const NO_BACKLOG = { bytes: 0, told: 0, isNews: false };
