import { MAX_FRAME_BYTES } from "../jpeg/split.ts";
import { type Endpoint, formatEndpoint } from "../options/endpoint.ts";
import { TokenBucket } from "../util/token-bucket.ts";
import { UdpSenderSession } from "./udp-sender-session.ts";

export interface DatagramReceiverOptions {
  /** Takes a picture, a JPEG or a PNG, which is whole. */
  readonly picture: (picture: Buffer, sender: Endpoint) => void;
  /** Told of each picture that came and cannot be shown, in plain words. */
  readonly dropped: (reason: string, sender: Endpoint) => void;
  /** Sends the answer that has a sender send its next picture. */
  readonly answer: (sender: Endpoint) => void;
}

/** Answers a second, of all senders together, that no picture earned: datagrams with false addresses are cheap. */
const UNEARNED_PER_SECOND = 100;

/** Senders remembered; who was silent longest is forgotten for another. Each is a few hundred bytes. */
const MAX_SENDERS = 4096;

/** Most memory of open frames together, in bytes; which got nothing for longest is given up for another. */
const MAX_HELD_BYTES = 4 * MAX_FRAME_BYTES;

/**
 * Puts pictures together from datagrams, and says when which sender is to be answered. It has no socket and no clock:
 * times are given, in milliseconds of a clock that never goes back.
 *
 * Each sender, which is an address and a port, has a frame of its own: several take turns, and cannot damage each other's. No sender is left waiting for
 * ever, whatever is lost, and none is answered much more than it sends.
 */
export class DatagramReceiver {
  readonly #parts: DatagramReceiverOptions;
  /** Who was silent longest comes first. */
  readonly #senders = new Map<string, UdpSenderSession>();
  readonly #unearned = new TokenBucket(UNEARNED_PER_SECOND);
  #heldBytes = 0;
  #dueAt = Number.POSITIVE_INFINITY;

  constructor(parts: DatagramReceiverOptions) {
    this.#parts = parts;
  }

  /** When `tick` is to be called next. */
  get dueAt(): number {
    return this.#dueAt;
  }

  /** Senders remembered, and bytes of memory their open frames take. */
  get held(): { readonly senders: number; readonly bytes: number } {
    return { senders: this.#senders.size, bytes: this.#heldBytes };
  }

  /** Takes a datagram; its bytes may become a picture's. */
  receive(datagram: Buffer, sender: Endpoint, now: number): void {
    const key = formatEndpoint(sender);
    const turn = this.#senders.get(key) ?? this.#meet(sender);
    this.#counted(turn, () => turn.receive(datagram, now));
    // Behind all others: the last to be forgotten.
    this.#senders.delete(key);
    if (turn.dueAt === Number.POSITIVE_INFINITY) return;
    this.#senders.set(key, turn);
    this.#dueAt = Math.min(this.#dueAt, turn.dueAt);
    this.#makeRoom(turn, now);
  }

  /** Does what is due of senders of whom nothing comes. */
  tick(now: number): void {
    if (now < this.#dueAt) return;
    this.#dueAt = Number.POSITIVE_INFINITY;
    for (const [key, turn] of this.#senders) {
      if (turn.dueAt <= now) this.#counted(turn, () => turn.act(now));
      if (turn.dueAt === Number.POSITIVE_INFINITY) this.#senders.delete(key);
      else this.#dueAt = Math.min(this.#dueAt, turn.dueAt);
    }
  }

  #meet(sender: Endpoint): UdpSenderSession {
    const { picture, dropped, answer } = this.#parts;
    return new UdpSenderSession({
      picture: (bytes) => picture(bytes, sender),
      dropped: (reason) => dropped(reason, sender),
      answer: (isEarned, now) => {
        if (isEarned || this.#unearned.take(now)) answer(sender);
      },
    });
  }

  /** Keeps count of the memory that a turn takes. */
  #counted(turn: UdpSenderSession, action: () => void): void {
    this.#heldBytes -= turn.heldBytes;
    action();
    this.#heldBytes += turn.heldBytes;
  }

  #makeRoom(keep: UdpSenderSession, now: number): void {
    for (const [key, turn] of this.#senders) {
      const isCrowded = this.#senders.size > MAX_SENDERS;
      if (!isCrowded && this.#heldBytes <= MAX_HELD_BYTES) return;
      if (turn !== keep && turn.heldBytes > 0) this.#counted(turn, () => turn.giveUp(now));
      if (isCrowded) this.#senders.delete(key);
    }
  }
}
