import { Refusal } from "./refusal.ts";

const ANSWER_TIMEOUT_MS = 10_000;

/** The default stall time (docs/reference/configuration.md). */
const DEFAULT_STALL_MS = 10_000;

/**
 * Parts of the stall time after which failed polls end the camera, so people read the poll's
 * reason.
 */
const BORNE_PART = 0.9;

/** For one poll, or a `Retry-After`: leaves time for another. */
const ONE_PART = 0.5;

const NOTE_MS = 60_000;

/** Notes are logged, and each poll may have another. */
const CHANGE_MS = 10_000;

export interface PollScheduleOptions {
  readonly everyMs: number;
  readonly stallMs: number | undefined;
  readonly note: (text: string) => void;
  /** @default performance.now */
  readonly now?: () => number;
}

/**
 * Decides when to poll again: at the camera's rate, until nothing has come for most of the stall
 * time.
 */
export class PollSchedule {
  readonly #everyMs: number;
  readonly #stallMs: number;
  readonly #note: (text: string) => void;
  readonly #now: () => number;
  readonly #openedAt: number;
  #askedAt = 0;
  #goodAt: number | undefined;
  #failedAt: number;
  #noted: string | undefined;
  #notedAt = Number.NEGATIVE_INFINITY;
  #slowestMs = 0;

  constructor({ everyMs, stallMs = DEFAULT_STALL_MS, note, now }: PollScheduleOptions) {
    this.#now = now ?? (() => performance.now());
    this.#openedAt = this.#now();
    this.#failedAt = this.#openedAt;
    this.#everyMs = everyMs;
    this.#stallMs = stallMs;
    this.#note = note;
  }

  /** Returns the poll's time limit. */
  begin(): number {
    this.#askedAt = this.#now();
    if (this.#goodAt === undefined) return ANSWER_TIMEOUT_MS;
    return Math.min(ANSWER_TIMEOUT_MS, Math.max(this.#stallMs * ONE_PART, this.#slowestMs * 2));
  }

  /** Returns the wait before the next poll. */
  succeed(): number {
    const now = this.#now();
    this.#goodAt = now;
    this.#slowestMs = Math.max(this.#slowestMs, now - this.#askedAt);
    if (now - this.#failedAt > NOTE_MS) this.#say("");
    return this.#untilDue(now);
  }

  /** Returns the wait before the next poll. @throws the same error when the camera should fail. */
  fail(error: unknown): number {
    const now = this.#now();
    const retryAfterMs = error instanceof Refusal ? error.retryAfterMs : undefined;
    if (error instanceof Refusal && error.isOffline) throw error;
    // Core opens it again with growing pauses.
    if (this.#goodAt === undefined && retryAfterMs === undefined) throw error;
    const waitMs = Math.max(this.#untilDue(now), Math.min(retryAfterMs ?? 0, this.#stallMs * ONE_PART));
    if (now + waitMs - (this.#goodAt ?? this.#openedAt) > this.#stallMs * BORNE_PART) throw error;
    this.#failedAt = now;
    this.#say(`Some answers have no image; the last: ${error instanceof Error ? error.message : error}`);
    return waitMs;
  }

  #untilDue(now: number): number {
    return Math.max(0, this.#askedAt + this.#everyMs - now);
  }

  #say(text: string): void {
    const now = this.#now();
    if (text === this.#noted || now - this.#notedAt < CHANGE_MS) return;
    this.#noted = text;
    this.#notedAt = now;
    this.#note(text);
  }
}
