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
export class LinkWork {
  #state: State = "idle";
  #at = Number.NEGATIVE_INFINITY;
  /** Bytes taken, and in which time; both fade. */
  #taken = 0;
  #workMs = 0;
  /** The same of what counts only once it is acknowledged in time. */
  #promptTaken = 0;
  #promptMs = 0;

  /**
   * The link took so many bytes since the last look. What waits now `isLittle`, if that may be but the delay of an acknowledgement; the last was
   * sent `sentMsAgo`.
   */
  look(now: number, takenBytes: number, waitingBytes: number, isLittle: boolean, sentMsAgo: number): void {
    const elapsedMs = now - this.#at;
    this.#at = now;
    const kept = Math.exp(-elapsedMs / MEMORY_MS);
    this.#workMs *= kept;
    this.#taken *= kept;
    if (this.#state === "busy") this.#count(elapsedMs, takenBytes);
    if (this.#state === "prompt") {
      this.#promptMs += elapsedMs;
      this.#promptTaken += takenBytes;
    }
    this.#state = waitingBytes <= 0 ? "idle" : isLittle ? littleFor(sentMsAgo) : "busy";
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
    return this.#workMs < MIN_WORK_MS ? Number.POSITIVE_INFINITY : (this.#taken / this.#workMs) * 1000;
  }

  #count(ms: number, bytes: number): void {
    this.#workMs += ms;
    this.#taken += bytes;
  }
}

function littleFor(sentMsAgo: number): State {
  if (sentMsAgo < PROMPT_MS) return "prompt";
  return sentMsAgo < DELAYED_MS ? "unknown" : "busy";
}
