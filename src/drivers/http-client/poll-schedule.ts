import { Refusal } from "./refusal.ts";

/** How long a camera may take to answer, and to send an image. */
const ANSWER_TIMEOUT_MS = 10_000;

/** The stall time of a camera that has none of its own (docs/reference/configuration.md). */
const DEFAULT_STALL_MS = 10_000;

/**
 * Part of the stall time in which failed polls are borne: then the poll's reason is told before the camera is closed for
 * its silence.
 */
const BORNE_PART = 0.9;

/** Part of the stall time that one poll may take, or that a camera may ask to be left alone: time is left for another. */
const ONE_PART = 0.5;

/** How long after the newest failed poll a note of it stays. */
const NOTE_MS = 60_000;

/** How often the reason in a note changes at most: a camera may have another for each poll, and notes are logged. */
const CHANGE_MS = 10_000;

export interface PollScheduleOptions {
  /** How often the camera is asked. */
  readonly everyMs: number;
  readonly stallMs: number | undefined;
  /** Says that polls fail now and then; empty when that is over. */
  readonly note: (text: string) => void;
  /** A clock in milliseconds that never goes back, for tests. @default performance.now */
  readonly now?: () => number;
}

/**
 * Decides when to ask a camera again: at its rate, also when an answer now and then is a failure, until nothing has come
 * for about the stall time.
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
  /** What was said last; undefined when it was said by an earlier run, if at all. */
  #noted: string | undefined;
  #notedAt = Number.NEGATIVE_INFINITY;
  /** The longest good answer. */
  #slowestMs = 0;

  constructor({ everyMs, stallMs = DEFAULT_STALL_MS, note, now }: PollScheduleOptions) {
    this.#now = now ?? (() => performance.now());
    this.#openedAt = this.#now();
    this.#failedAt = this.#openedAt;
    this.#everyMs = everyMs;
    this.#stallMs = stallMs;
    this.#note = note;
  }

  /** A poll begins. Returns how long it may take. */
  begin(): number {
    this.#askedAt = this.#now();
    if (this.#goodAt === undefined) return ANSWER_TIMEOUT_MS;
    return Math.min(ANSWER_TIMEOUT_MS, Math.max(this.#stallMs * ONE_PART, this.#slowestMs * 2));
  }

  /** The poll gave an image. Returns how long to wait before the next. */
  succeed(): number {
    const now = this.#now();
    this.#goodAt = now;
    this.#slowestMs = Math.max(this.#slowestMs, now - this.#askedAt);
    if (now - this.#failedAt > NOTE_MS) this.#say("");
    return this.#untilDue(now);
  }

  /** The poll failed. Returns how long to wait before the next. @throws the same error when it is time to give up. */
  fail(error: unknown): number {
    const now = this.#now();
    const retryAfterMs = error instanceof Refusal ? error.retryAfterMs : undefined;
    if (error instanceof Refusal && error.isOffline) throw error;
    // A camera that never gave an image is opened again, with pauses that grow, unless it says when to come back.
    if (this.#goodAt === undefined && retryAfterMs === undefined) throw error;
    const waitMs = Math.max(this.#untilDue(now), Math.min(retryAfterMs ?? 0, this.#stallMs * ONE_PART));
    if (now + waitMs - (this.#goodAt ?? this.#openedAt) > this.#stallMs * BORNE_PART) throw error;
    this.#failedAt = now;
    this.#say(
      `asks again after answers without a picture; the last: ${error instanceof Error ? error.message : error}`,
    );
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
