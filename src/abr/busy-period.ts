/** How much of the past counts, in milliseconds: what is older counts ever less. */
const MEMORY_MS = 700;

/** Less work than this says nothing of a link, in milliseconds. */
const MIN_WORK_MS = 15;

/** What was acknowledged so soon was not held back by a delayed acknowledgement, in milliseconds. */
const PROMPT_MS = 20;
/** What is not acknowledged after so long is not only held back by one (40 ms on Linux), in milliseconds. */
const DELAYED_MS = 60;

/** How a link stands: at work, or not; or what waits may but wait for an acknowledgement that is delayed. */
type State = "idle" | "busy" | "prompt" | "unknown";

/**
 * How much a link takes of what waits, in which time: a guess at what it carries, from the moments in which something waits.
 *
 * Little that is on its way says less: an acknowledgement may be delayed until more comes (RFC 9293, 3.8.6.3). What is
 * acknowledged promptly counts, what is not within the usual delay counts from then on, and what lies between is left out.
 */
export class BusyPeriod {
  #state: State = "idle";
  #at = Number.NEGATIVE_INFINITY;
  #waiting = 0;
  /** Bytes taken, and in which time; both fade. */
  #taken = 0;
  #workMs = 0;
  /** The time at work since something was taken last: it belongs to what will be, and counts with that. */
  #owedMs = 0;
  /** The same of what counts only once it is acknowledged in time. */
  #promptTaken = 0;
  #promptMs = 0;

  /**
   * The link took so many bytes since the last look. What waits now `isLittle`, if that may be but the delay of an acknowledgement; the last was
   * sent `sentMsAgo`.
   */
  sample(now: number, takenBytes: number, waitingBytes: number, isLittle: boolean, sentMsAgo: number): void {
    const elapsedMs = now - this.#at;
    this.#at = now;
    this.#waiting = waitingBytes;
    const before = this.#state;
    this.#state = waitingBytes <= 0 ? "idle" : isLittle ? littleFor(sentMsAgo) : "busy";
    if (before === "busy") {
      this.#owedMs += elapsedMs;
      if (takenBytes > 0 || this.#state !== "busy") this.#settle(takenBytes);
    } else {
      this.#fade(elapsedMs);
    }
    if (before === "prompt") {
      this.#promptMs += elapsedMs;
      this.#promptTaken += takenBytes;
    }
    if (this.#state === "prompt") return;
    if (this.#state !== "unknown") this.#count(this.#promptMs, this.#promptTaken);
    this.#promptMs = 0;
    this.#promptTaken = 0;
  }

  /** True while something waits that should not. */
  get isBusy(): boolean {
    return this.#state === "busy";
  }

  /** True while what is on its way may have arrived. */
  get isUnknown(): boolean {
    return this.#state === "unknown";
  }

  /** Bytes a second; infinite while the link is faster than can be told. */
  get rate(): number {
    const known = rateOf(this.#taken, this.#workMs);
    if (this.#owedMs === 0) return known;
    const kept = keptAfter(this.#owedMs);
    const ifAllCame = rateOf(this.#taken * kept + this.#waiting, this.#workMs * kept + this.#owedMs);
    return Math.min(known, ifAllCame);
  }

  #settle(bytes: number): void {
    this.#fade(this.#owedMs);
    this.#count(this.#owedMs, bytes);
    this.#owedMs = 0;
  }

  #fade(ms: number): void {
    const kept = keptAfter(ms);
    this.#workMs *= kept;
    this.#taken *= kept;
  }

  #count(ms: number, bytes: number): void {
    this.#workMs += ms;
    // What turns out not to have been taken after all may have been counted so long ago that it is faded.
    this.#taken = Math.max(0, this.#taken + bytes);
  }
}

function keptAfter(ms: number): number {
  return Math.exp(-ms / MEMORY_MS);
}

function rateOf(bytes: number, ms: number): number {
  return ms < MIN_WORK_MS ? Number.POSITIVE_INFINITY : (bytes / ms) * 1000;
}

function littleFor(sentMsAgo: number): State {
  if (sentMsAgo < PROMPT_MS) return "prompt";
  return sentMsAgo < DELAYED_MS ? "unknown" : "busy";
}
