import { Workload } from "./workload.ts";

/** How much of the past counts, in milliseconds: what is older counts ever less. */
const MEMORY_MS = 1000;

/** Less work than this says nothing of a link, in milliseconds. */
const MIN_WORK_MS = 15;

/**
 * Less than two segments of Ethernet may wait for an acknowledgement that is delayed (RFC 9293, 3.8.6.3; 40 ms on Linux), and not for the
 * link; in bytes.
 */
const TAIL_BYTES = 2 * 1460;

/**
 * A link is full when something has waited for so long without a break, in milliseconds; the first part of it goes by while
 * what lies between the two ends fills up.
 */
const FILLING_MS = 150;
const FULL_MS = 450;

/** What a full link carried holds for so long, in milliseconds … */
const LIMIT_MS = 60_000;
/** … unless it is seen to carry this many times as much, for so long without a break. */
const CLEARLY_MORE = 2;
const CLEARLY_MS = 500;

/** A full link is known by what it took in the last while, in milliseconds. */
const SLOPE_MS = 1500;

/**
 * Measures what a link carries, in bytes a second, by what waits for it. Two things are measured:
 *
 * - how long what was sent waited, be it for a moment. That is a guess: the reader's system acknowledges what it has received, and not what
 *   was read. A link that always has taken all before anybody looks is taken for infinitely fast.
 * - what a full link takes, which is the truth, and so is believed longer.
 *
 * Times are in milliseconds of a clock that never goes back.
 */
export class LinkMeter {
  readonly #workload = new Workload();
  #sent = 0;
  #arrived = 0;
  #waiting = 0;
  #at = Number.NEGATIVE_INFINITY;
  /** What was taken of what waited, in bytes, and in which time; both fade. */
  #taken = 0;
  #workMs = 0;
  /** Since when something has waited without a break; and, from when it is full, what had arrived at each step. */
  #busySince: number | undefined;
  readonly #steps: { readonly at: number; readonly arrived: number }[] = [];
  #limit: { readonly rate: number; readonly at: number } | undefined;
  #moreSince: number | undefined;

  /** Bytes sent, in all. */
  get sent(): number {
    return this.#sent;
  }

  /** So many bytes go out at this moment. */
  send(now: number, bytes: number): void {
    this.#sent += bytes;
    this.#workload.sent(now, bytes);
  }

  /**
   * Of what was sent, so many bytes are not acknowledged at this moment. `roundTripMs` is the shortest time to an acknowledgement: what was
   * sent within it is on its way, and waits for nothing.
   */
  look(now: number, unacknowledged: number, roundTripMs: number): void {
    const elapsedMs = now - this.#at;
    const arrived = this.#sent - unacknowledged;
    const kept = Math.exp(-elapsedMs / MEMORY_MS);
    this.#workMs = this.#workMs * kept + (this.#waiting > 0 ? elapsedMs : 0);
    this.#taken = this.#taken * kept + (this.#waiting > 0 ? Math.max(0, arrived - this.#arrived) : 0);
    const waiting = unacknowledged - this.#workload.sentAfter(now - roundTripMs);
    this.#waiting = waiting < TAIL_BYTES ? 0 : waiting;
    this.#measureFull(now, arrived);
    this.#arrived = arrived;
    this.#at = now;
  }

  /** Bytes that wait, as far as was seen at the last look, or as must be by what the link carries. */
  waitingAt(now: number): number {
    const rate = this.rate;
    return rate === Number.POSITIVE_INFINITY ? this.#waiting : Math.max(this.#waiting, this.#workload.left(now, rate));
  }

  /** Bytes a second; infinite while the link is faster than can be told. */
  get rate(): number {
    const limit = this.#limit;
    if (limit === undefined || this.#at - limit.at > LIMIT_MS) return this.#guess;
    return this.#at - limit.at < MEMORY_MS ? limit.rate : Math.min(limit.rate, this.#guess);
  }

  get #guess(): number {
    return this.#workMs < MIN_WORK_MS ? Number.POSITIVE_INFINITY : (this.#taken / this.#workMs) * 1000;
  }

  #measureFull(now: number, arrived: number): void {
    if (this.#waiting === 0) {
      this.#busySince = undefined;
      this.#steps.length = 0;
      this.#doubtLimit(now);
      return;
    }
    this.#busySince ??= now;
    const busyMs = now - this.#busySince;
    const isStep = this.#steps.length === 0 || arrived > this.#arrived;
    if (busyMs < FILLING_MS || !isStep) return;
    this.#steps.push({ at: now, arrived });
    while ((this.#steps[1]?.at ?? now) < now - SLOPE_MS) this.#steps.shift();
    const [first] = this.#steps;
    if (first === undefined || busyMs < FULL_MS || now === first.at) return;
    this.#limit = { rate: ((arrived - first.arrived) / (now - first.at)) * 1000, at: now };
    this.#moreSince = undefined;
  }

  /** Forgets what a full link carried once it clearly carries more. */
  #doubtLimit(now: number): void {
    if (this.#limit === undefined || this.#guess < CLEARLY_MORE * this.#limit.rate) {
      this.#moreSince = undefined;
      return;
    }
    this.#moreSince ??= now;
    if (now - this.#moreSince >= CLEARLY_MS) this.#limit = undefined;
  }
}
