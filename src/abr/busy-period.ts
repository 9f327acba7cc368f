/** How fast the past fades. */
const MEMORY_MS = 700;

/** Less work than this tells nothing of a link. */
const MIN_WORK_MS = 15;

/** Acknowledged this soon: not delayed. */
const PROMPT_MS = 20;
/** Unacknowledged for this long: not only delayed (Linux delays by 40 ms). */
const DELAYED_MS = 60;

/** `unknown`: what is in flight may only wait for a delayed acknowledgement. */
type State = "idle" | "busy" | "prompt" | "unknown";

/**
 * Measures how many bytes a link takes while some wait: a guess at its rate. Few bytes in flight
 * may wait for a delayed acknowledgement (RFC 9293, 3.8.6.3): those acknowledged promptly count,
 * those overdue count from then on.
 */
export class BusyPeriod {
  #state: State = "idle";
  #at = Number.NEGATIVE_INFINITY;
  #waiting = 0;
  /** Both fade. */
  #taken = 0;
  #workMs = 0;
  /** Counts with the bytes taken next. */
  #owedMs = 0;
  /** For bytes that count only once they are acknowledged in time. */
  #promptTaken = 0;
  #promptMs = 0;

  /** @param isLittle true if bytes may only wait for a delayed acknowledgement. */
  sample(now: number, takenBytes: number, waitingBytes: number, isLittle: boolean, sentMsAgo: number): void {
    const elapsedMs = now - this.#at;
    this.#at = now;
    this.#waiting = waitingBytes;
    const before = this.#state;
    this.#state = waitingBytes <= 0 ? "idle" : isLittle ? stateOfLittle(sentMsAgo) : "busy";
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

  get isBusy(): boolean {
    return this.#state === "busy";
  }

  /** True while the bytes in flight may have arrived. */
  get isUnknown(): boolean {
    return this.#state === "unknown";
  }

  /** Bytes per second; infinite while the link is too fast to tell. */
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
    // Bytes that prove unread may be taken back after they have faded.
    this.#taken = Math.max(0, this.#taken + bytes);
  }
}

function keptAfter(ms: number): number {
  return Math.exp(-ms / MEMORY_MS);
}

function rateOf(bytes: number, ms: number): number {
  return ms < MIN_WORK_MS ? Number.POSITIVE_INFINITY : (bytes / ms) * 1000;
}

function stateOfLittle(sentMsAgo: number): State {
  if (sentMsAgo < PROMPT_MS) return "prompt";
  return sentMsAgo < DELAYED_MS ? "unknown" : "busy";
}
