import { MAX_FRAME_BYTES } from "../jpeg/split.ts";
import { announcedLength, CHUNK_BYTES, FRAME_ANSWER } from "./datagram-layout.ts";
import { FrameAssembler } from "./frame-assembler.ts";
import { wholeImage } from "./whole-image.ts";

export interface UdpSenderSessionOptions {
  /** Takes a picture, a JPEG or a PNG, which is whole. */
  readonly picture: (picture: Buffer) => void;
  /** Told of each picture that came and cannot be shown, in plain words. */
  readonly dropped: (reason: string) => void;
  /** Sends the answer. `isEarned` is false when no picture was completed for it: then it may be left out. */
  readonly answer: (isEarned: boolean, now: number) => void;
}

/** A picture is to be complete so long after its header, in milliseconds (the format's rule). */
const FRAME_MS = 1000;

/** When an answer nothing follows is repeated, in milliseconds after it (the format's rule). */
const REPEATS_MS: readonly number[] = [1000, 2000, 4000];

/**
 * A sender that has followed an answer is one that sends on and on, and waits for ever. Where every tenth datagram is
 * lost, after one picture in a thousand all of the above is: so it is then answered every 30 s, for ten minutes.
 */
const LATE_REPEAT_MS = 30_000;
const LATE_REPEATS = 20;

/** Chunks without a header are over once none came for so long, in milliseconds: an answer before would be one too many. */
const QUIET_MS = 200;

/**
 * What one sender sends, and when it is answered.
 *
 * Between frames a datagram of 8 or 4 bytes is a header, one that holds a whole picture is a frame, and anything else a
 * chunk whose header was lost. While a frame is open every datagram is a chunk of it.
 */
export class UdpSenderSession {
  readonly #parts: UdpSenderSessionOptions;
  #frame: FrameAssembler | undefined;
  /** Since when chunks come whose header did not. */
  #strayedAt: number | undefined;
  /** The last answer, while it is to be repeated. */
  #answered: { readonly at: number; repeats: number } | undefined;
  /** When it last got an answer that no picture earned. */
  #unearnedAt = Number.NEGATIVE_INFINITY;
  /** It went on after an answer. */
  #follows = false;
  #dueAt = Number.POSITIVE_INFINITY;

  constructor(parts: UdpSenderSessionOptions) {
    this.#parts = parts;
  }

  /** When `act` is to be called, should nothing come; never, once there is nothing more to do. */
  get dueAt(): number {
    return this.#dueAt;
  }

  /** Bytes of memory its open frame takes. */
  get heldBytes(): number {
    return this.#frame?.heldBytes ?? 0;
  }

  /** Takes a datagram; its bytes may become a picture's. */
  receive(datagram: Buffer, now: number): void {
    // What was due before it came happens before it.
    if (this.#dueAt <= now) this.act(now);
    if (this.#frame !== undefined) this.#add(this.#frame, datagram, now);
    else if (!isNothing(datagram)) this.#begin(datagram, now);
  }

  /** Does what is due: gives up the frame, answers, or repeats the answer. */
  act(now: number): void {
    if (this.#frame !== undefined) this.giveUp(now);
    else if (this.#strayedAt !== undefined) this.#answer(false, now);
    else if (this.#answered !== undefined) this.#repeat(this.#answered, now);
  }

  /** Drops the open frame, with its memory, and answers, so that the next one is sent. */
  giveUp(now: number): void {
    this.#parts.dropped(`A picture is not complete: ${this.#frame?.progress} came`);
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
    // A piece of a picture, as others send them, may be its first.
    const found = wholeImage(datagram, { needsEnd: datagram.length <= CHUNK_BYTES });
    if ("picture" in found) {
      this.#parts.picture(found.picture);
      this.#answer(true, now);
    } else {
      this.#stray(length, now);
    }
  }

  #stray(announced: number | undefined, now: number): void {
    if (this.#strayedAt === undefined) this.#parts.dropped(announced === undefined ? NO_HEADER : notTaken(announced));
    this.#strayedAt ??= now;
    const quietAt = Math.min(now + QUIET_MS, this.#strayedAt + FRAME_MS);
    this.#dueAt = Math.max(quietAt, this.#unearnedAt + FRAME_MS);
  }

  #add(frame: FrameAssembler, chunk: Buffer, now: number): void {
    frame.add(chunk);
    if (!frame.isComplete) return;
    const found = wholeImage(frame.bytes());
    if ("picture" in found) this.#parts.picture(found.picture);
    else this.#parts.dropped(found.reason);
    this.#answer(true, now);
  }

  #answer(isEarned: boolean, now: number): void {
    this.#frame = undefined;
    this.#strayedAt = undefined;
    if (!isEarned) this.#unearnedAt = now;
    this.#answered = { at: now, repeats: 0 };
    this.#parts.answer(isEarned, now);
    this.#planRepeat(this.#answered);
  }

  #repeat(answered: { readonly at: number; repeats: number }, now: number): void {
    answered.repeats++;
    this.#parts.answer(false, now);
    this.#planRepeat(answered);
  }

  #planRepeat({ at, repeats }: { readonly at: number; readonly repeats: number }): void {
    const afterMs = repeatAfterMs(repeats, this.#follows);
    this.#dueAt = afterMs === undefined ? Number.POSITIVE_INFINITY : at + afterMs;
  }
}

const NO_HEADER = "Chunks came of a picture whose length did not";

function notTaken(length: number): string {
  return `A picture of ${length} bytes was announced; from 1 to ${MAX_FRAME_BYTES} are taken`;
}

/** How long after an answer it is repeated, once it was repeated so often; undefined when it is not. */
function repeatAfterMs(repeats: number, follows: boolean): number | undefined {
  const late = repeats - REPEATS_MS.length + 1;
  if (late <= 0) return REPEATS_MS[repeats];
  return follows && late <= LATE_REPEATS ? (REPEATS_MS.at(-1) as number) + late * LATE_REPEAT_MS : undefined;
}

/**
 * True of what is no picture and follows no answer: the empty datagram that some send behind a picture whose last chunk
 * is full, and an answer as ours, or two servers that take each other for senders would talk for ever.
 */
function isNothing(datagram: Buffer): boolean {
  return datagram.length === 0 || datagram.equals(FRAME_ANSWER);
}
