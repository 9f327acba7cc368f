import { BusyPeriod } from "./busy-period.ts";
import { ReceiveBacklog } from "./receive-backlog.ts";
import { SaturatedRate } from "./saturated-rate.ts";
import { SendHistory } from "./send-history.ts";

/** What is known of a link at one moment. */
export interface LinkState {
  /** Bytes that were sent and have not gone out yet. */
  readonly queued: number;
  /** Bytes that went out and are not acknowledged. */
  readonly inFlight: number;
  /** The shortest time from a byte to its acknowledgement, in milliseconds. */
  readonly rttMs: number;
  /** Bytes of the largest segment; acknowledgements may be delayed while there are fewer than two. @default 0, none is delayed */
  readonly segment?: number;
  /** Bytes the other side has room for; undefined where that is not known. */
  readonly window?: number | undefined;
}

/** What was sent within so long may have been acknowledged unread, and been read since; in milliseconds. */
const FRESH_MS = 50;

/** After so long a pause in which nothing came back any more, in milliseconds, nothing is taken to wait. */
const REST_MS = 1000;

/**
 * Measures what a link carries, and what waits for it. Times are in milliseconds of a clock that never goes back, bytes are of all that is
 * sent, headers and all.
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
  /** What the link cannot have taken yet of what was sent, at its rate, and when that was counted last. */
  #left = 0;
  #leftSince = 0;
  #sentAt = Number.NEGATIVE_INFINITY;
  #at = Number.NEGATIVE_INFINITY;

  /** Bytes sent, in all. */
  get sent(): number {
    return this.#sent;
  }

  /** So many bytes go out at this moment. */
  send(now: number, bytes: number): void {
    this.#sent += bytes;
    this.#sentAt = now;
    this.#sends.add(now, bytes);
    this.#left = this.#leftAt(now) + bytes;
    this.#leftSince = now;
  }

  /** Tells how the link stands. */
  sample(now: number, { queued, inFlight, rttMs, segment = 0, window }: LinkState): void {
    const outstanding = queued + inFlight;
    const backlog = window === undefined ? NOTHING : this.#backlogAt(now, window, outstanding);
    this.#left = this.#leftAt(now);
    this.#leftSince = now;
    // What was sent within a round trip is on its way, and waits for nothing.
    this.#outstanding = outstanding;
    const unacknowledged = queued + Math.max(0, inFlight - this.#sends.after(now - rttMs));
    const waiting = unacknowledged + backlog.bytes;
    // What a reader may have read since it told last is no measure of it.
    if (backlog.told === 0 || backlog.isNews) {
      // May be less than before: what was acknowledged long since turns out not to have been read.
      const arrived = this.#sent - outstanding - backlog.told;
      const isLittle = queued + backlog.bytes === 0 && waiting < 2 * segment;
      this.#busyPeriod.sample(now, arrived - this.#arrived, waiting, isLittle, now - this.#sentAt);
      this.#saturatedRate.sample(now, arrived, this.#busyPeriod.isBusy, this.#busyPeriod.rate);
      this.#arrived = arrived;
    }
    this.#waiting = this.#busyPeriod.isUnknown ? 0 : waiting;
    this.#at = now;
  }

  /** Bytes that wait, as far as was seen at the last look, or as must be by what the link carries. */
  waitingAt(now: number): number {
    // All of that is an estimate: when all is acknowledged, it takes something new to learn more.
    if (this.#outstanding === 0 && now - this.#sentAt > REST_MS) return 0;
    return Math.max(this.#waiting, this.#leftAt(now));
  }

  /** Bytes a second; infinite while the link is faster than can be told. */
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

const NOTHING = { bytes: 0, told: 0, isNews: false };
