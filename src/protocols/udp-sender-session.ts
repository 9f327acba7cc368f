import { MAX_FRAME_BYTES } from "../jpeg/split.ts";
import { announcedLength, CHUNK_BYTES, FRAME_ANSWER } from "./datagram-layout.ts";
import { FrameAssembler } from "./frame-assembler.ts";
import { wholeImage } from "./read-image.ts";

export interface UdpSenderSessionOptions {
  readonly onImage: (picture: Buffer) => void;
  readonly onDropped: (reason: string) => void;
  /** An unearned answer may be omitted. */
  readonly answer: (isEarned: boolean, now: number) => void;
}

/** The format's rule. */
const FRAME_MS = 1000;

/** For unanswered answers (the format's rule). */
const REPEATS_MS: readonly number[] = [1000, 2000, 4000];

/**
 * With 10 % loss all repeats are lost after one frame in a thousand: a sender that followed once is
 * answered every 30 s for ten minutes.
 */
const LATE_REPEAT_MS = 30_000;
const LATE_REPEATS = 20;

/** Stray chunks end after this silence. */
const QUIET_MS = 200;

/**
 * Reads one sender's datagrams, and decides when to answer.
 *
 * Between frames, 8 or 4 bytes are a header, a whole image is a frame, others are stray. In an open
 * frame, every datagram is a chunk.
 */
export class UdpSenderSession {
  readonly #options: UdpSenderSessionOptions;
  #frame: FrameAssembler | undefined;
  #strayedAt: number | undefined;
  #answered: { readonly at: number; repeats: number } | undefined;
  #unearnedAt = Number.NEGATIVE_INFINITY;
  /** It followed an answer once. */
  #follows = false;
  #dueAt = Number.POSITIVE_INFINITY;

  constructor(options: UdpSenderSessionOptions) {
    this.#options = options;
  }

  get dueAt(): number {
    return this.#dueAt;
  }

  get heldBytes(): number {
    return this.#frame?.heldBytes ?? 0;
  }

  /** A frame may share its bytes. */
  receive(datagram: Buffer, now: number): void {
    if (this.#dueAt <= now) this.act(now);
    if (this.#frame !== undefined) this.#add(this.#frame, datagram, now);
    else if (!isNothing(datagram)) this.#begin(datagram, now);
  }

  act(now: number): void {
    if (this.#frame !== undefined) this.giveUp(now);
    else if (this.#strayedAt !== undefined) this.#answer(false, now);
    else if (this.#answered !== undefined) this.#repeat(this.#answered, now);
  }

  /** Answers, so the next frame is sent. */
  giveUp(now: number): void {
    this.#options.onDropped(`A frame is incomplete: ${this.#frame?.progress} came`);
    this.#answer(false, now);
  }

  #begin(datagram: Buffer, now: number): void {
    this.#follows ||= this.#answered !== undefined;
    this.#answered = undefined;
    const length = announcedLength(datagram);
    if (length !== undefined && length > 0 && length <= MAX_FRAME_BYTES) {
      this.#frame = new FrameAssembler(length);
      this.#dueAt = now + FRAME_MS;
      return;
    }
    // It may start a larger image.
    const found = wholeImage(datagram, { needsEnd: datagram.length <= CHUNK_BYTES });
    if ("image" in found) {
      this.#options.onImage(found.image);
      this.#answer(true, now);
    } else {
      this.#stray(length, now);
    }
  }

  #stray(announced: number | undefined, now: number): void {
    if (this.#strayedAt === undefined)
      this.#options.onDropped(announced === undefined ? NO_HEADER : notTaken(announced));
    this.#strayedAt ??= now;
    const quietAt = Math.min(now + QUIET_MS, this.#strayedAt + FRAME_MS);
    this.#dueAt = Math.max(quietAt, this.#unearnedAt + FRAME_MS);
  }

  #add(frame: FrameAssembler, chunk: Buffer, now: number): void {
    frame.add(chunk);
    if (!frame.isComplete) return;
    const found = wholeImage(frame.bytes());
    if ("image" in found) this.#options.onImage(found.image);
    else this.#options.onDropped(found.reason);
    this.#answer(true, now);
  }

  #answer(isEarned: boolean, now: number): void {
    this.#frame = undefined;
    this.#strayedAt = undefined;
    if (!isEarned) this.#unearnedAt = now;
    this.#answered = { at: now, repeats: 0 };
    this.#options.answer(isEarned, now);
    this.#planRepeat(this.#answered);
  }

  #repeat(answered: { readonly at: number; repeats: number }, now: number): void {
    answered.repeats++;
    this.#options.answer(false, now);
    this.#planRepeat(answered);
  }

  #planRepeat({ at, repeats }: { readonly at: number; readonly repeats: number }): void {
    const afterMs = repeatAfterMs(repeats, this.#follows);
    this.#dueAt = afterMs === undefined ? Number.POSITIVE_INFINITY : at + afterMs;
  }
}

const NO_HEADER = "Chunks came without the length of their frame";

function notTaken(length: number): string {
  return `A frame of ${length} bytes was announced; 1 to ${MAX_FRAME_BYTES} are accepted`;
}

function repeatAfterMs(repeats: number, follows: boolean): number | undefined {
  const late = repeats - REPEATS_MS.length + 1;
  if (late <= 0) return REPEATS_MS[repeats];
  return follows && late <= LATE_REPEATS ? (REPEATS_MS.at(-1) as number) + late * LATE_REPEAT_MS : undefined;
}

/**
 * Empty, as some send after a full chunk, or an answer like ours: servers would answer each other
 * forever.
 */
function isNothing(datagram: Buffer): boolean {
  return datagram.length === 0 || datagram.equals(FRAME_ANSWER);
}
